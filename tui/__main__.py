"""Entry point of `voicescope` and of `python -m tui`."""

import gc
import sys

# Collections while modules load find nothing and take a tenth of the start. Each command turns
# them on again once it is up.
gc.disable()

from tui.cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
