"""The command line: which command is meant, and what is said when it cannot be done.

Knows the commands by the function that each begins with; loads the one that is asked for.
"""

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from tui.config import ConfigError

COMMANDS = {
    "run": "tui.cli.headless:main",
    "replay": "tui.cli.dashboard:replay",
    "export": "tui.cli.export:main",
    "devices": "tui.cli.devices:main",
    "bridge": "tui.bridge.main:main",
    "agent": "tui.agent.main:main",
}
DASHBOARD = "tui.cli.dashboard:main"


def main(argv: Sequence[str] | None = None) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    os.umask(0o077)
    begins = DASHBOARD
    if arguments and arguments[0] in COMMANDS:
        begins = COMMANDS[arguments.pop(0)]
    module, _, function = begins.partition(":")
    try:
        command = getattr(import_module(module), function)
        if module != "tui.cli.dashboard":  # which has more to load
            gc.enable()
        return int(command(arguments))
    except ConfigError as error:
        print(f"voicescope: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
