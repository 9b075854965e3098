"""The command line: which command is meant, and what is said when it cannot be done.

Knows the commands by the function that each begins with; loads the one that is asked for.
"""

import difflib
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from tui.config import ConfigError

COMMANDS = {
    "run": "tui.cli.headless:main",
    "replay": "tui.cli.dashboard:replay",
    "calls": "tui.cli.calls:main",
    "show": "tui.cli.show:main",
    "models": "tui.cli.models:main",
    "compare": "tui.cli.compare:main",
    "report": "tui.cli.report:main",
    "export": "tui.cli.export:main",
    "devices": "tui.cli.devices:main",
    "bridge": "tui.bridge.main:main",
    "agent": "tui.agent.main:main",
}
DASHBOARD = "tui.cli.dashboard:main"
COMPLETION = "completion"


def main(argv: Sequence[str] | None = None) -> int:
    os.umask(0o077)
    try:
        given = list(sys.argv[1:] if argv is None else argv)
        if given[:1] == [COMPLETION]:
            from tui.cli.completion import main as completion  # noqa: PLC0415

            return completion(given[1:], COMMANDS)
        begins, arguments = _meant(given)
        module, _, function = begins.partition(":")
        command = getattr(import_module(module), function)
        if module != "tui.cli.dashboard":  # which has more to load
            gc.enable()
        return int(command(arguments))
    except ConfigError as error:
        print(f"voicescope: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _meant(arguments: list[str]) -> tuple[str, list[str]]:
    """Where the command begins, and its arguments; a `--config FILE` may stand before its name.
    Raises ConfigError for a name that no command has."""
    first = 2 if arguments[:1] == ["--config"] else 0
    name = arguments[first] if len(arguments) > first else ""
    if name in COMMANDS:
        return COMMANDS[name], arguments[first + 1 :] + arguments[:first]
    if name.endswith(".jsonl"):
        return COMMANDS["replay"], arguments[first:] + arguments[:first]
    if name and not name.startswith("-"):
        near = difflib.get_close_matches(name, (*COMMANDS, COMPLETION), n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        known = ", ".join((*COMMANDS, COMPLETION))
        raise ConfigError(f"there is no command {name[:40]!r}; {hint}The commands: {known}")
    return DASHBOARD, arguments
