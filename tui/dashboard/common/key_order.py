"""Keys that act at once, in the order in which they came.

Textual looks for what a key does when it has come all the way up to the app, and then among the
keys of whatever has the focus by now: a key behind it, typed in the same moment or come over a slow
line together with it, may have moved the focus.
"""

from textual import events
from textual.widget import Widget


async def act(widget: Widget, event: events.Key) -> None:
    """Do what `widget`'s own binding for this key says, keys of the user's own included."""
    own = widget._bindings.copy()
    own.apply_keymap(widget.app._keymap)
    for binding in own.key_to_bindings.get(event.key, ()):
        if not binding.priority and await widget.app.run_action(binding.action, widget):
            event.stop()
            event.prevent_default()
            return
