"""`docs/keys.md` is the list of all keys, written from the bindings themselves.

    python -m tests.dashboard.test_key_list

writes it anew.
"""

import re
from pathlib import Path

from textual.binding import Binding, BindingType
from textual.dom import DOMNode

from tui.dashboard.app import VoiceScopeApp
from tui.dashboard.call_screen import CallScreen, OpenedCall
from tui.dashboard.calls.screen import CallList, CallsScreen
from tui.dashboard.common.dialogs import Confirm, ConfirmQuit, NameDialog
from tui.dashboard.common.expression_line import ExpressionEntry
from tui.dashboard.common.key_names import key_name
from tui.dashboard.common.keys import TOGGLE
from tui.dashboard.common.search import SearchPane
from tui.dashboard.detail.compare_screen import ComparePane, CompareScreen
from tui.dashboard.detail.pane import Detail
from tui.dashboard.devices_screen import DevicesScreen
from tui.dashboard.events.log import EventLog
from tui.dashboard.events.statistics_screen import StatisticsScreen
from tui.dashboard.help_screen import HelpScreen
from tui.dashboard.sending.composer import ComposerScreen
from tui.dashboard.sending.context import ContextScreen
from tui.dashboard.sending.send_file import PathEntry, SendFileScreen
from tui.dashboard.setup.advanced import Fold
from tui.dashboard.setup.fields import Chosen
from tui.dashboard.setup.picker import Picker
from tui.dashboard.setup.screen import SetupScreen
from tui.dashboard.tools.approval_dialog import ToolDialog
from tui.dashboard.tools.panel import ToolPanel
from tui.dashboard.transcript.pane import Transcript
from tui.dashboard.transcript.prompt import Prompt
from tui.dashboard.transcript.replay_bar import ReplayKeys
from tui.dashboard.turns.pane import TurnTable

LIST = Path(__file__).parents[2] / "docs" / "keys.md"
PLACES: list[tuple[str, type[DOMNode]]] = [
    ("Always (letters not while typing)", VoiceScopeApp),
    ("Call screen", CallScreen),
    ("Prompt", Prompt),
    ("Transcript", Transcript),
    ("Events", EventLog),
    ("A filter, a search, a place to go to", ExpressionEntry),
    ("Detail", Detail),
    ("Transcript and detail: a text in them", SearchPane),
    ("Turns", TurnTable),
    ("Replay", ReplayKeys),
    ("Set-up", SetupScreen),
    ("Set-up: a field to choose", Chosen),
    ("Set-up: the advanced part", Fold),
    ("Choosing from a list", Picker),
    ("Recorded calls", CallsScreen),
    ("Recorded calls: their list", CallList),
    ("A recorded call over the present one", OpenedCall),
    ("Sound devices", DevicesScreen),
    ("Telling the agent something", ContextScreen),
    ("Sending a file", SendFileScreen),
    ("Sending a file: its path", PathEntry),
    ("A tool waits for your word", ToolDialog),
    ("Tool calls", ToolPanel),
    ("Two frames beside each other", CompareScreen),
    ("Two frames: their lines", ComparePane),
    ("Statistics", StatisticsScreen),
    ("Composer", ComposerScreen),
    ("A question", Confirm),
    ("Leaving a live call", ConfirmQuit),
    ("A name", NameDialog),
    ("Help", HelpScreen),
]


def key_list() -> str:
    parts = ["# Keys\n\nWritten from the bindings by `python -m tests.dashboard.test_key_list`.\n"]
    parts.append("\n" + re.sub(r"{[^|]*[|]([^}]*)}", r"\1", TOGGLE) + "\n")
    for heading, place in PLACES:
        rows = _rows(place.__dict__.get("BINDINGS", []))
        parts.append(f"\n## {heading}\n\n| key | does | id |\n| --- | --- | --- |\n{rows}")
    return "".join(parts)


def _rows(bindings: list[BindingType]) -> str:
    found: dict[str, tuple[list[str], str]] = {}
    for binding in bindings:
        assert isinstance(binding, Binding)
        assert binding.id, binding
        does = binding.tooltip or binding.description
        keys, _ = found.setdefault(binding.id, ([], does))
        keys += [key_name(key) for key in binding.key.split(",")]
    return "".join(
        f"| {' '.join(f'`{key}`' for key in keys)} | {does} | {name} |\n"
        for name, (keys, does) in found.items()
    )


def test_the_list_is_of_now() -> None:
    assert LIST.read_text("utf-8") == key_list(), "python -m tests.dashboard.test_key_list"


def test_no_key_has_a_name_that_stands_on_none() -> None:
    columns = [row.split(" | ")[0] for row in key_list().splitlines() if row.startswith("| `")]
    assert [keys for keys in columns if re.search(r"\w_\w", keys)] == []


def test_no_key_that_terminals_keep_for_themselves() -> None:
    taken = {f"ctrl+{letter}" for letter in "mijhabsczq["} - {"ctrl+q"}
    for _, place in PLACES:
        for binding in place.__dict__.get("BINDINGS", []):
            assert isinstance(binding, Binding)
            assert not taken & set(binding.key.split(",")), binding


if __name__ == "__main__":
    LIST.write_text(key_list(), "utf-8")
