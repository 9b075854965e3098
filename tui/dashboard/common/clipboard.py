"""Copying through the terminal (OSC 52), the one way that works over SSH.

Knows the app's clipboard. Nobody answers: the words say "sent", never "copied".
"""

from typing import Any

from textual.app import App

from tui.analysis.units import bytes_text
from tui.sanitize import sanitize

LIMIT = 1_000_000
"""Characters; most terminals take much less, and none says so."""


def copy(app: App[Any], text: str, what: str) -> None:
    """Send `text`; `what` says in the note what it is."""
    if len(text) > LIMIT:
        note = "Too large for a terminal clipboard; save it instead."
        app.notify(note, severity="warning", markup=False)
        return
    app.copy_to_clipboard(text.encode(errors="replace").decode())
    size = bytes_text(len(text))
    app.notify(f"{sanitize(what, 60)}, {size}: sent to terminal clipboard", markup=False, timeout=3)
