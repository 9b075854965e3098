"""The detail pane: the whole record, its audio left out."""

from pathlib import Path

from tests.screen.conftest import OpenStage
from tests.screen.sample_call import CallScript
from tui.widgets.detail import Detail
from tui.widgets.json_text import layout


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
        await stage.press("escape", "enter")
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
    assert list(layout(text)) == [
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
    assert list(layout('{"a": [1, tru')) == ["{", '  "a": [', "    1,", "    tru"]
    assert list(layout("}}]")) == ["}", "}", "]"]
    assert list(layout('{"a": "no end')) == ["{", '  "a": "noend']
