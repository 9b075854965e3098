"""One JSON object a line on stderr: what the agent has to say that is not part of a conversation.

Knows no conversation and no server. Standard output is left to the ready line alone.
"""

import logging
import sys

from tui.processes.printing import json_text


def log(event: str, **fields: object) -> None:
    """Write one line. A closed or full stderr never disturbs a conversation."""
    line = json_text({"event": event, **fields}, sys.stderr.encoding)
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:
        return


class JsonHandler(logging.Handler):
    """Brings what libraries log into the same form."""

    def emit(self, record: logging.LogRecord) -> None:
        log("library", logger=record.name, level=record.levelname, message=record.getMessage())


class Complaints:
    """What a conversation complains of: the first lines are written, a flood is not."""

    def __init__(self, conversation_id: str, limit: int = 40) -> None:
        self._conversation_id = conversation_id
        self._left = limit

    def add(self, event: str, **fields: object) -> None:
        if self._left > 0:
            self._left -= 1
            log(event, conversation_id=self._conversation_id, **fields)
        if self._left == 0:
            self._left = -1
            log("complaints_muted", conversation_id=self._conversation_id)
