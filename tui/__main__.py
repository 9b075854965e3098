"""Entry point of `voicescope` and of `python -m tui`: makes the process safe before it does more.

Nothing is imported from the folder it stands in, and nothing printed goes past `printing`.
"""

import gc
import os
import signal
import sys

# Collections while modules load find nothing and take a tenth of the start. Each command turns
# them on again once it is up.
gc.disable()
# Until a command listens by itself; an exception here would come out of the middle of an import.
signal.signal(signal.SIGINT, lambda *_: os._exit(130))


def _leave_out_this_folder() -> None:
    """`python -m` and PYTHONPATH put it first, where any file could pass for a module."""
    try:
        here = os.path.realpath(os.getcwd())
    except OSError:
        return  # it was removed
    sys.path[:] = [one for one in sys.path if os.path.realpath(one) != here]


_leave_out_this_folder()

from tui.cli.main import main as _run  # noqa: E402
from tui.processes.printing import take_streams  # noqa: E402


def main() -> int:
    out, err = take_streams()
    try:
        code = _run()
    except SystemExit as leaving:  # argparse
        code = leaving.code if isinstance(leaving.code, int) else 0
    if out.failed:
        print(f"voicescope: standard output cannot be written: {out.failed}", file=err)
    return code or int(bool(out.failed))


if __name__ == "__main__":
    sys.exit(main())
