"""`python -m tui.agent`: the same as `voicescope agent`."""

import sys

from tui.agent.main import main
from tui.processes.printing import take_streams

if __name__ == "__main__":
    take_streams()
    sys.exit(main())
