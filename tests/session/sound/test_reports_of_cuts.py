"""A codec is told what was heard of a reply that was cut, and has frames for it if it wants."""

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.agent.helpers import AgentProcess
from tests.session.rig import Rig
from tests.session.staged import staged
from tests.session.test_reports_heard import sounding
from tui.commands import Interrupt, ReportHeard, SendText, StopReply, ToCodec
from tui.events import (
    Event,
    Noted,
    OtherReceived,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStarted,
    ProtocolErred,
)
from tui.plan import Plan
from tui.provider import DeclaredTool, Frame, Guarded, Step
from tui.providers.elevenlabs.codec import ElevenLabsCodec
from tui.session.sound.speaker import Speaker
from tui.setup import Setup

STOPPED, CUT = "reply.cancel", "reply.truncate"


class Truncating(ElevenLabsCodec):
    """The first protocol, with two frames more."""

    def send(self, command: ToCodec) -> Step:
        match command:
            case StopReply(reply_id=reply):
                return Step(frames=(_frame(STOPPED, reply=reply),))
            case ReportHeard():
                return Step(frames=(_frame(CUT, **msgspec.structs.asdict(command)),))
            case _:
                return super().send(command)

    def sent(self, text: str) -> Step:
        found = json.loads(text)
        if (kind := found.get("type")) in (STOPPED, CUT):
            return Step(events=(OtherReceived(type=kind, known=True),), kind=kind)
        return super().sent(text)


def _frame(kind: str, **fields: Any) -> Frame:
    return Frame(kind, json.dumps({"type": kind, **fields}))


class Raising(ElevenLabsCodec):
    def send(self, command: ToCodec) -> Step:
        if isinstance(command, StopReply | ReportHeard):
            raise ZeroDivisionError("of this codec")
        return super().send(command)


@pytest.fixture
def codec(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    def opened(_: str, setup: Setup, tools: Sequence[DeclaredTool]) -> Guarded:
        return Guarded(request.param(setup, tools))

    monkeypatch.setattr("tui.session.call_loop.open_codec", opened)


def frames(rig: Rig, kind: str) -> list[dict[str, Any]]:
    return [json.loads(rig.reader.text(e.number)) for e in rig.read() if e.kind == kind]


@pytest.mark.parametrize("codec", [Truncating], indirect=True)
@pytest.mark.usefixtures("codec")
@pytest.mark.parametrize("typed", [False, True])
async def test_a_reply_that_was_cut_is_truncated_by_what_was_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess, typed: bool
) -> None:
    url = agent.socket_url(scenario="report-10-audio-goes-on")
    async with staged(tmp_path, monkeypatch, url, **sounding(tmp_path)) as rig:
        await rig.event(PlaybackStarted)
        rig.session.handle(SendText(text="Stop, please.") if typed else Interrupt())
        cut = await rig.event(PlaybackFlushed)
        await rig.until(lambda: frames(rig, CUT), "the frame")
        [told] = frames(rig, CUT)
        assert told["reply_id"] == cut.reply_id == 1
        assert told["heard_ms"] == cut.heard_ms
        assert told["samples"] == pytest.approx(cut.heard_ms * 16, abs=2)
        assert [frame["reply"] for frame in frames(rig, STOPPED)] == ([] if typed else [1])


@pytest.mark.parametrize("codec", [Raising], indirect=True)
@pytest.mark.usefixtures("codec")
async def test_a_codec_that_raises_over_it_is_a_row_and_the_call_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess
) -> None:
    url = agent.socket_url(scenario="report-10-audio-goes-on")
    async with staged(tmp_path, monkeypatch, url, **sounding(tmp_path)) as rig:
        await rig.event(PlaybackStarted)
        rig.session.handle(Interrupt())
        await rig.until(lambda: len(rig.all(ProtocolErred)) == 2, "both rows")
        assert "ZeroDivisionError: of this codec" in rig.all(ProtocolErred)[0].reason
        assert rig.kinds().count("protocol_error") == 2 and not rig.all(Noted)
        rig.session.handle(SendText(text="Go on."))
        await rig.until(lambda: rig.all(PlaybackStarted)[-1].reply_id == 3, "the new answer")


def until(speaker: Speaker, reached: Callable[[], object]) -> None:
    end = time.monotonic() + 100
    while not reached():
        assert time.monotonic() < end
        speaker.poll()
        time.sleep(0.005)


def test_of_a_reply_in_parts_all_parts_count(tmp_path: Path) -> None:
    told: list[Event] = []
    plan = Plan(provider="any", journal="", speaker_file=str(tmp_path / "out.wav"))
    speaker = Speaker(plan, told.append)
    speaker.use(speaker.make(""))
    speaker.play("resp_a", bytes(3_200))  # 100 ms
    until(speaker, lambda: any(isinstance(event, PlaybackFinished) for event in told))
    speaker.play("resp_a", bytes(320_000))
    until(speaker, lambda: sum(isinstance(event, PlaybackStarted) for event in told) == 2)
    speaker.flush("user")
    [cut] = [event for event in told if isinstance(event, PlaybackFlushed)]
    [report] = speaker.take_cuts()
    assert report.heard_ms == pytest.approx(cut.heard_ms + 100, abs=1)
    assert report.samples == pytest.approx(report.heard_ms * 16, abs=2)
    assert speaker.take_cuts() == []
    if (port := speaker.leave()) is not None:
        port.close()
