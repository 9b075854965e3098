"""Two frames side by side."""

from hypothesis import given
from hypothesis import strategies as st

from tui.analysis.records.frame_diff import Pair, compare

LEFT = ["{", '  "type": "ping",', '  "event_id": 31,', '  "ping_ms": 84', "}"]
RIGHT = ["{", '  "type": "ping",', '  "event_id": 32,', '  "late": true,', '  "ping_ms": 84', "}"]


def test_lines_of_the_same_key_stand_beside_each_other() -> None:
    rows = compare(LEFT, RIGHT)
    assert [row.same for row in rows] == [True, True, False, False, True, True]
    assert rows[3] == Pair(None, '  "late": true,', right_changed=((0, 15),))


def test_only_what_differs_is_lit() -> None:
    changed = compare(LEFT, RIGHT)[2]
    (span,) = changed.left_changed
    assert '  "event_id": 31,'[slice(*span)] == "31"
    (span,) = changed.right_changed
    assert '  "event_id": 32,'[slice(*span)] == "32"


LINES = st.lists(st.sampled_from(["{", "}", '"a": 1', '"a": 2', '  "b": []', "x"]), max_size=12)


@given(LINES, LINES)
def test_nothing_is_lost_or_moved(left: list[str], right: list[str]) -> None:
    rows = compare(left, right)
    assert [row.left for row in rows if row.left is not None] == left
    assert [row.right for row in rows if row.right is not None] == right
    assert all(row.same or row.left_changed or row.right_changed for row in rows)


@given(LINES)
def test_a_frame_equals_itself(lines: list[str]) -> None:
    assert all(row.same for row in compare(lines, lines))
