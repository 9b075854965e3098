"""The keys of the event log, in the order in which they are listed, and what its line is for.

Knows names of actions only.
"""

from enum import StrEnum

from textual.binding import Binding, BindingType


class Mode(StrEnum):
    """What is typed in the line."""

    FILTER = "/"
    SEARCH = "\\"
    JUMP = ":"


HINTS = {
    Mode.FILTER: 'filter: word  !word  /re/  kind:a*|b  size:>4k  is:error  $.a == "x"',
    Mode.SEARCH: "search in what is shown: as a filter; n and N go on",
    Mode.JUMP: "go to: 1236  turn 7  14:03:40  +42.5",
}
EVENT_KEYS: list[BindingType] = [
    Binding("slash", "expression('/')", "Filter", id="events.filter", priority=True,
            tooltip="Show only what passes: word !word /re/ kind: size: gap: turn: id: $.path"),
    Binding("enter", "detail", "Detail", id="events.detail", tooltip="The frame; again closes"),
    Binding("f", "follow", "Follow", id="events.follow", tooltip="Follow, on and off"),
    Binding("a", "plumbing", "Plumbing", id="events.plumbing",
            tooltip="Audio, pings, scores, parts of texts: hidden, folded, all"),
    Binding("t", "time", "Time", id="events.time", tooltip="Time: clock, elapsed, gap"),
    Binding("y", "copy", "Copy", id="events.copy", tooltip="Copy the frame, audio left out"),
    Binding("Y", "copy(True)", "Copy whole", id="events.copy_whole", show=False,
            tooltip="Copy the whole frame, audio included"),
    Binding("c", "copy_row", "Copy row", id="events.copy_row", show=False,
            tooltip="Copy this row, as it is listed"),
    Binding("r", "again", "Send again", id="events.again", show=False,
            tooltip="This sent frame into the composer, to be sent again"),
    Binding("backslash,ctrl+f", "expression('backslash')", "Search", id="events.search",
            show=False, priority=True,
            tooltip="Light up and point at what passes, in what is shown"),
    Binding("n", "seek('match', 1)", "Next match", id="events.match", show=False),
    Binding("N", "seek('match', -1)", "Match before", id="events.match_back", show=False),
    Binding("colon", "expression(':')", "Go to", id="events.jump", show=False, priority=True,
            tooltip="Go to a number, a turn, a time of day, or seconds from the beginning"),
    Binding("space,b", "mark", "Mark", id="events.mark", show=False,
            tooltip="Mark this row, again takes the mark away (Space plays in a replay)"),
    Binding("apostrophe", "jump('mark', 1)", "Next mark", id="events.marked", show=False),
    Binding("quotation_mark", "jump('mark', -1)", "Mark before", id="events.marked_back",
            show=False),
    Binding("right_square_bracket", "jump('kind', 1)", "Next of this kind", id="events.kind",
            show=False),
    Binding("left_square_bracket", "jump('kind', -1)", "The one of this kind before",
            id="events.kind_back", show=False),
    Binding("e", "seek('error', 1)", "Next error", id="events.error", show=False,
            tooltip="The next error, or tool that failed"),
    Binding("E", "seek('error', -1)", "Error before", id="events.error_back", show=False),
    Binding("T", "jump('turn', 1)", "Next turn", id="events.turn", show=False),
    Binding("R", "jump('turn', -1)", "Beginning of this turn, then the one before",
            id="events.turn_back", show=False),
    Binding("p", "jump('partner', 1)", "Partner", id="events.partner", show=False,
            tooltip="From a request to its answer and back: tool calls, pings, the start"),
    Binding("j,down", "point(1)", "Down", id="events.down", show=False),
    Binding("k,up", "point(-1)", "Up", id="events.up", show=False),
    Binding("pagedown", "page(1)", "Page down", id="events.page_down", show=False),
    Binding("pageup", "page(-1)", "Page up", id="events.page_up", show=False),
    Binding("g,home", "first", "First", id="events.first", show=False),
    Binding("G,end", "end", "Last, and follow", id="events.last", show=False),
    Binding("l,right", "sideways(1)", "Scroll right", id="events.right", show=False),
    Binding("h,left", "sideways(-1)", "Scroll left", id="events.left", show=False),
]  # fmt: skip
