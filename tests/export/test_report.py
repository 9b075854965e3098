"""A report as a page: one file of which nothing acts, nothing is fetched, and nothing is told that
is to stay private."""

import base64
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.audio.devices.test_device import speechlike
from tests.dashboard.sample_call import CallScript, write_call
from tests.export.test_sound import journal
from tui import events
from tui.cli.main import main
from tui.export.report.page import as_json, page
from tui.journal.record import Direction

HOSTILE = "</script><script>alert(1)</script><!-- \u2028 \x1b]0;owned\x07 & \U0001f600"


class Page(HTMLParser):
    """Its elements with what stands in them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), ""))

    def handle_data(self, data: str) -> None:
        if self.elements:
            tag, attributes, text = self.elements[-1]
            self.elements[-1] = tag, attributes, text + data

    def one(self, tag: str, **attributes: str) -> tuple[dict[str, str | None], str]:
        (found,) = (
            (given, text)
            for name, given, text in self.elements
            if name == tag and attributes.items() <= given.items()
        )
        return found

    @property
    def data(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.one("script", id="data")[1])
        return found


def reported(tmp_path: Path, *journals: Path, share: bool = False) -> tuple[str, Page]:
    target = tmp_path / f"report{share}.html"
    options = ["--share"] if share else []
    assert main(["report", *map(str, journals), "--html", str(target), *options]) == 0
    text = target.read_text(encoding="utf-8")
    return text, Page(text)


def test_a_page_has_what_it_needs_and_asks_for_nothing(tmp_path: Path) -> None:
    text, found = reported(tmp_path, write_call(tmp_path / "call.jsonl"))
    policy = found.one("meta", **{"http-equiv": "Content-Security-Policy"})[0]["content"] or ""
    allowed = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert allowed["default-src"] == "'none'"
    assert set(allowed) == {
        *("default-src", "base-uri", "form-action"),
        *("media-src", "script-src", "style-src"),
    }
    assert allowed["media-src"] == "blob:"
    assert "unsafe" not in policy
    for tag, attributes, _ in found.elements:
        assert not {"src", "href", "action", "srcset", "style"} & attributes.keys(), tag
        assert not any(name.startswith("on") for name in attributes), tag
    scripts = [inner for tag, given, inner in found.elements if tag == "script" and not given]
    assert len(scripts) == 2 and all(scripts)
    assert "http://" not in text.replace("http://www.w3.org/1999/xhtml", "")
    assert "wavesurfer" in text and "Redistribution and use in source and binary forms" in text
    assert (tmp_path / "reportFalse.html").stat().st_mode & 0o777 == 0o600


def test_what_a_server_says_is_no_markup(tmp_path: Path) -> None:
    script = CallScript(tmp_path / "call.jsonl")
    script.fact(events.LinkOpening(target=HOSTILE, provider="elevenlabs"))
    script.agent(HOSTILE, 1)
    script.received({"type": HOSTILE, "x": HOSTILE})
    script.close()
    text, found = reported(tmp_path, script.path)
    assert "alert(1)</script>" not in text and "<script>alert" not in text
    assert not any(char in text for char in "\x1b\x07\u2028")
    assert len([tag for tag, *_ in found.elements if tag == "script"]) == 3  # data, and two
    shown = HOSTILE.replace("\x1b", "␛").replace("\x07", "␇").replace("\u2028", " ")
    assert found.data[0]["transcript"][0]["said"] == found.data[0]["whom"] == shown


def test_json_in_a_page_is_read_as_it_was_written() -> None:
    value = {"a<b>&c\u2028": [1, None, True, "</script>", "\n", {"é": 0.5}]}
    text = as_json(value)
    assert not re.search("[<>&\u2028\u2029]", text)
    assert json.loads(text) == {"a<b>&c ": [1, None, True, "</script>", "\n", {"é": 0.5}]}


def test_the_sound_is_in_it_with_its_shape(tmp_path: Path) -> None:
    """Eight seconds of the user's; the agent is heard from 3 s on, for 700 ms."""
    journal(tmp_path / "call.jsonl", played=True)
    _, found = reported(tmp_path, tmp_path / "call.jsonl")
    (call,) = found.data
    carried = tmp_path / "carried.ogg"
    carried.write_bytes(base64.b64decode(found.one("script", id="sound-0")[1]))
    pcm, rate = soundfile.read(carried)
    assert abs(len(pcm) / rate - call["sound"]["seconds"]) < 0.05
    assert abs(call["sound"]["seconds"] - 8) < 0.2
    you, agent = call["sound"]["peaks"]
    assert abs(len(agent) / 20 - call["sound"]["seconds"]) < 0.11
    loud = np.flatnonzero(np.array(agent) > 2) / 20 + call["sound"]["begin"]
    assert 2.8 < loud.min() and loud.max() < 3.9
    assert max(you) > 20 and carried.stat().st_size < 8 * 10_000


def test_words_are_where_they_were_spoken(tmp_path: Path) -> None:
    chars = tuple("Hello there")
    starts = tuple(100 * at for at in range(len(chars)))
    script = CallScript(tmp_path / "call.jsonl")
    script.fact(events.LinkOpening(target="x", provider="elevenlabs"))
    script.at(20)
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
    script.at(1000)
    script.agent("Hello there", 1)
    audio = speechlike(1200, 16_000).tobytes()
    event = {
        "audio_base_64": base64.b64encode(audio).decode(),
        "event_id": 1,
        "alignment": {
            "chars": chars,
            "char_start_times_ms": starts,
            "char_durations_ms": [100] * len(chars),
        },
    }
    text = json.dumps({"type": "audio", "audio_event": event})
    script.writer.frame(Direction.RECEIVED, "audio", text, turn=0, audio=audio, level=-20)
    script.fact(events.PlaybackStarted(reply_id=1, at_ns=script.ns(1100)))
    script.at(2400)
    done = events.PlaybackFinished(reply_id=1, at_ns=script.ns(2300), heard_ms=1200)
    script.fact(done)
    script.close()
    line = reported(tmp_path, script.path)[1].data[0]["transcript"][0]
    (first, at_first), (second, at_second) = line["words"]
    assert (first, second, line["words_estimated"]) == (0, 6, False)
    assert at_first == pytest.approx(1.1, abs=0.002)
    assert at_second == pytest.approx(1.7, abs=0.002)
    assert (line["begin"], line["end"]) == (1.1, 2.3)


def test_shared_without_sound_ids_and_variables(tmp_path: Path) -> None:
    script = CallScript(tmp_path / "call-agent_42.jsonl")
    script.fact(events.LinkOpening(target="elevenlabs/agent_42x", provider="elevenlabs"))
    script.sent(
        {
            "type": "conversation_initiation_client_data",
            "dynamic_variables": {"name": "Ada Lovelace", "plan": "gold"},
            "user_id": "user-77",
            "orderId": "ord-5",
        }
    )
    script.agent("Hello Ada Lovelace, your plan is gold, your golden call is call_abc.", 1)
    call = {
        "tool_name": "look_up",
        "tool_call_id": "call_abc",
        "parameters": {"order": "A-1009"},
        "event_id": 1,
    }
    script.received({"type": "client_tool_call", "client_tool_call": call})
    answer = {"tool_call_id": "call_abc", "result": "no order of user-77", "is_error": True}
    script.sent({"type": "client_tool_result", **answer})
    script.speech(1)
    name = "Ada's Buds is a Bluetooth headset"
    script.fact(events.AudioWarned(side="input", what="bluetooth", text=name))
    script.fact(events.LinkOpening(target="elevenlabs/agent_43", provider="elevenlabs"))
    script.agent("See ord-5.", 1)
    script.close()
    whole = reported(tmp_path, script.path)[0]
    text, found = reported(tmp_path, script.path, share=True)
    private = [
        *("Ada Lovelace", "agent_42", "user-77", "call_abc", "A-1009", "no order"),
        *("agent_43", "Buds", "ord-5"),
    ]
    assert all(one in whole for one in private)
    assert not [one for one in private if one in text]
    (shared,) = found.data
    assert "sound" not in shared and "sound-0" not in text
    said = [line["said"] for line in shared["transcript"]]
    assert said == [
        "Hello ***, your plan is ***, your golden call is ***.",
        "look_up",
        "See ***.",
    ]
    assert [one["sentence"] for one in shared["problems"]] == [
        "tool look_up failed",
        "a wireless headset costs time",
    ]
    assert [row[3] for row in shared["rows"]][:2] == ["journal_opened", "link_opening"]


def test_figures_without_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [str(write_call(tmp_path / name)) for name in ("a.jsonl", "b.jsonl")]
    assert main(["report", *paths, "--json"]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert main(["show", paths[0], "--json"]) == 0
    assert first == json.loads(capsys.readouterr().out)
    assert second["summary"] == first["summary"]
    assert not list(tmp_path.glob("*.html"))


def test_another_file_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = str(write_call(tmp_path / "call.jsonl"))
    assert main(["report", path]) == 0
    assert capsys.readouterr().out.startswith("call.html: ")
    kept = Path("call.html").read_bytes()
    assert main(["report", path]) == 2
    assert "call.html exists; give --html a new name, or --force" in capsys.readouterr().err
    assert Path("call.html").read_bytes() == kept
    assert main(["report", path, "--share", "--force"]) == 0
    assert len(Path("call.html").read_bytes()) < len(kept)
    assert not list(tmp_path.glob(".voicescope-*"))
    assert main(["report", path, "--html", "call.txt"]) == 2
    assert "a report is a page; name a .html" in capsys.readouterr().err


def test_a_title_is_text() -> None:
    assert "<title>&lt;b&gt;</title>" in page([], [], "<b>")
