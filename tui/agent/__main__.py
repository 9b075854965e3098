"""`python -m tui.agent`: the same as `voicescope agent`."""

import sys

from tui.agent.main import main

if __name__ == "__main__":
    sys.exit(main())
