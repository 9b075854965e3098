"""The detail pane: the whole record, its audio left out."""

from pathlib import Path

from tests.dashboard.conftest import OpenStage
from tests.dashboard.sample_call import CallScript
from tests.frames import METADATA
from tui.analysis.records.json_tree import layout
from tui.dashboard.detail.pane import Detail


async def test_enter_shows_the_pointed_frame_and_closes_again(
    open_stage: OpenStage, script: CallScript
) -> None:
    metadata = {
        "conversation_id": "c",
        "agent_output_audio_format": "pcm_16000",
        "user_input_audio_format": "pcm_16000",
    }
    script.received(
        {
            "type": "conversation_initiation_metadata",
            "conversation_initiation_metadata_event": metadata,
        }
    )
    script.speech(31, ms=250)
    async with open_stage(script.path) as stage:
        await stage.show()
        await stage.press("escape", "a", "enter")
        text = stage.text()
        assert "3 Detail  #2 ← audio 10.7 kB" in text
        assert '"audio_base_64": "‹10.7 kB base64, 250 ms›",' in text
        assert '"event_id": 31' in text
        assert "Transcript" not in text
        await stage.press("k")
        assert '"conversation_id": "c"' in stage.text()
        await stage.press("enter")
        assert "Transcript" in stage.text()
        await stage.press("enter", "3", "escape")
        assert "Transcript" in stage.text()


async def test_facts_and_broken_frames(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("escape", "enter")
        assert '"reason": "end_call tool"' in stage.text()
        await stage.press("k")
        assert "this is no JSON ␛]0;owned␇" in stage.text()
        await stage.press("k")
        assert "!protocol_error" in stage.text()
        assert '"event_id": "x"' in stage.text()


async def test_long_lines_wrap_and_scroll(open_stage: OpenStage, script: CallScript) -> None:
    script.agent("one two three four five six seven eight nine ten " * 40, 1)
    async with open_stage(script.path) as stage:
        await stage.show()
        await stage.press("escape", "enter", "3", "G")
        assert '"event_id": 1' in stage.text()
        detail = stage.app.screen.query_one(Detail)
        assert all(len(row) == 80 for row in stage.pane_rows(detail))
        await stage.press("g")
        assert '"type": "agent_response"' in stage.text()


def test_layout_keeps_what_was_written() -> None:
    text = '{"a":1.10,"a":[],"b":[1,2],"c":{},"d":"\\u00e9\\u001b","e":{"f":null}}'
    assert layout(text) == [
        "{",
        '  "a": 1.10,',
        '  "a": [],',
        '  "b": [',
        "    1,",
        "    2",
        "  ],",
        '  "c": {},',
        '  "d": "é\\u001b",',
        '  "e": {',
        '    "f": null',
        "  }",
        "}",
    ]


def test_layout_of_broken_text_goes_as_far_as_it_can() -> None:
    assert layout('{"a": [1, tru') == ["{", '  "a": [', "    1,", "    tru"]
    assert layout("}}]") == ["}", "}", "]"]
    assert layout('{"a": "no end') == ["{", '  "a": "no end']


async def test_a_tree_folds_and_its_values_are_copied(
    open_stage: OpenStage, script: CallScript
) -> None:
    call = {"tool_name": "look_up", "tool_call_id": "t1", "parameters": {"id": "A-1", "n": [1, 2]}}
    script.received({"type": "client_tool_call", "client_tool_call": call})
    async with open_stage(script.path, 120, 40) as stage:
        await stage.show()
        detail = stage.app.screen.query_one(Detail)
        await stage.press("escape", "3", "down", "down", "down", "down", "down")
        assert "▾   " in stage.text()
        await stage.press("left")
        assert '▸     "parameters": { 2 values }' in stage.text()
        await stage.press("c")
        assert stage.app.clipboard == '{"id":"A-1","n":[1,2]}'
        await stage.press("C")
        assert stage.app.clipboard == "$.client_tool_call.parameters"
        await stage.press("left", "left", "left", "left")
        assert "{ 2 values }" in detail.text()
        await stage.press("L")
        assert '"id": "A-1"' in detail.text()
        await stage.press("H")
        assert '  "client_tool_call": { 3 values }' in detail.text()


async def test_the_views_show_what_it_meant_and_what_came(
    open_stage: OpenStage, script: CallScript
) -> None:
    script.agent("Hello\u0000 there", 7)
    async with open_stage(script.path, 120, 40) as stage:
        await stage.show()
        await stage.press("escape", "3", "r")
        assert "· meaning" in stage.text()
        assert '"event": "AgentResponded"' in stage.text()
        await stage.press("r")
        assert '{"type":"agent_response","agent_response_event":' in stage.text()
        await stage.press("r")
        assert "000000  7b 22 74 79" in stage.text()
        await stage.press("r")
        assert '"agent_response": "Hello\\u0000 there"' in stage.text()


async def test_the_meaning_says_how_much_sound_there_was(
    open_stage: OpenStage, script: CallScript
) -> None:
    script.raw(METADATA)
    script.speech(4, ms=250)
    async with open_stage(script.path, 120, 40) as stage:
        await stage.show()
        await stage.press("escape", "a", "3", "r")
        assert '"event": "AudioReceived"' in stage.text()
        assert '"audio": "‹8.0 kB, 250 ms›"' in stage.text()


async def test_sound_is_drawn_and_verdicts_are_told(
    open_stage: OpenStage, script: CallScript
) -> None:
    script.raw(METADATA)
    script.speech(4, ms=250)
    script.received({"type": "interruption", "interruption_event": {"event_id": 5}})
    script.at(380)
    script.speech(4, ms=250)
    async with open_stage(script.path, 120, 40) as stage:
        await stage.show()
        await stage.press("escape", "a", "3")
        text = stage.text()
        assert "pcm_16000 · 250 ms · silence" in text
        assert "⠉⠉⠉⠉" in text
        assert "» dropped: event id 4 < 5" in text


async def test_long_lists_of_values_are_folded_until_opened(
    open_stage: OpenStage, script: CallScript
) -> None:
    script.received({"type": "hologram", "chars": list("Good morning, all"), "few": [1, 2, 3]})
    async with open_stage(script.path, 120, 40) as stage:
        await stage.show()
        detail = stage.app.screen.query_one(Detail)
        await stage.press("escape", "3", "j", "j")
        folded = '  "chars": [ "G", "o", "o", "d", " ", "m", … 17 values ],'
        assert folded in detail.text()
        assert '  "few": [\n    1,' in detail.text()
        await stage.press("right")
        assert '  "chars": [\n    "G",' in detail.text()
        await stage.press("left")
        assert folded in detail.text()
