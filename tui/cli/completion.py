"""`voicescope completion SHELL`: the script with which a shell completes commands, flags and files.

Knows the commands by their parsers; the script is shtab's.
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import shtab

from tui.cli.options import examples
from tui.processes.printing import draw

SHELLS = ("bash", "zsh", "fish")
DASHBOARD = "tui.cli.dashboard:main"


def main(arguments: list[str], commands: dict[str, str]) -> int:
    """`commands`: where each begins, by name."""
    parser = argparse.ArgumentParser(
        prog="voicescope completion",
        description="Print the script that completes commands, flags and files in a shell.",
        epilog=examples(
            'eval "$(voicescope completion bash)"',
            "voicescope completion zsh > ~/.zfunc/_voicescope    # a folder of your $fpath",
            "voicescope completion fish > ~/.config/fish/completions/voicescope.fish",
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("shell", choices=SHELLS)
    shell = parser.parse_args(arguments).shell
    draw(f"{shtab.complete(_whole(commands), shell)}\n")
    return 0


def _whole(commands: dict[str, str]) -> argparse.ArgumentParser:
    """All commands as one parser."""
    root = parser_of(DASHBOARD)
    named = root.add_subparsers()
    for name, begins in commands.items():
        own = parser_of(begins)
        about = " ".join((own.description or "").split(".")[0].split())
        named.add_parser(name, help=about, parents=[own], add_help=False)
    completion = named.add_parser("completion", help="Print the script of a shell")
    completion.add_argument("shell", choices=SHELLS)
    return root


def parser_of(begins: str) -> argparse.ArgumentParser:
    """The parser of the command that begins there: each makes its own, and reads its arguments
    with it before it does anything; there it is taken."""
    module, _, function = begins.partition(":")
    command = getattr(import_module(module), function)
    try:
        with _taken():
            command([])
    except _Taken as taken:
        found: argparse.ArgumentParser = taken.args[0]
    else:
        raise AssertionError(begins)
    for action in found._actions:
        if action.type is Path:
            folder = action.dest == "folder"
            action.complete = shtab.DIRECTORY if folder else shtab.FILE  # type: ignore[attr-defined]
    return found


class _Taken(Exception):
    pass


@contextmanager
def _taken() -> Iterator[None]:
    kept = argparse.ArgumentParser.parse_known_args

    def take(self: argparse.ArgumentParser, *given: Any, **named: Any) -> Any:
        if self.add_help:  # else a look ahead at one flag
            raise _Taken(self)
        return kept(self, *given, **named)

    argparse.ArgumentParser.parse_known_args = take  # type: ignore[method-assign]
    try:
        yield
    finally:
        argparse.ArgumentParser.parse_known_args = kept  # type: ignore[method-assign]
