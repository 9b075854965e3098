"""Whole calls of a session with a server of this wire: what goes out, in which order, and when."""

from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tests.audio.wav import write_tone
from tests.providers.openai.server import Server, serving
from tests.session.rig import plan_for, running
from tui.analysis.transcript.fold import TranscriptFold
from tui.commands import Connect, SendFile, SendText, SetMuted, SetPushToTalk
from tui.events import (
    AgentCorrected,
    AgentHeardEnd,
    AgentResponded,
    AudioDropped,
    DurationLimited,
    FilesSent,
    ItemRetrieved,
    MicMuted,
    Noted,
    PlaybackFlushed,
    PlaybackStarted,
    SpeechPlaced,
    UploadFailed,
)
from tui.plan import Plan
from tui.setup import Setup


def plan_of(tmp_path: Path, url: str, **changes: Any) -> Plan:
    return plan_for(tmp_path, provider="openai", base_url=url, **changes)


def heard(tmp_path: Path) -> dict[str, Any]:
    return {"enabled": True, "speaker_file": str(tmp_path / "heard.wav")}


async def speak(server: Server, create: dict[str, Any] | None = None) -> None:
    """Two items of 3 s each, faster than they are played."""
    await server.begins(create)
    for item in ("item_a1", "item_a2"):
        await server.tells(f"This is all the text of {item}.", item)
        for _ in range(12):
            await server.plays(250, item)


async def test_a_text_over_a_reply_cuts_cancels_truncates_and_is_answered(tmp_path: Path) -> None:
    got: list[Server] = []

    async def act(server: Server) -> None:
        got.append(server)
        await speak(server, await server.gets("response.create"))
        await server.gets("conversation.item.create")
        await server.plays(250, "item_a2")
        await server.ends(status="cancelled")
        await server.begins(await server.gets("response.create"), "resp_2")
        await server.tells("Fine.", "item_a3", "resp_2")
        await server.ends("resp_2")
        await server.stays()

    async with serving(act) as url, running(plan_of(tmp_path, url, **heard(tmp_path))) as rig:
        rig.session.handle(Connect())
        await rig.until(lambda: rig.notices.notice.live_ns, "live")
        rig.session.handle(SendText(text="count"))
        await rig.event(PlaybackStarted)
        await rig.until(
            lambda: rig.kinds().count("response.output_audio.delta") == 24, "both items"
        )
        rig.session.handle(SendText(text="stop"))
        dropped = await rig.event(AudioDropped)
        await rig.until(lambda: rig.all(AgentResponded)[-1].text == "Fine.", "the answer")
        (flushed,) = rig.all(PlaybackFlushed)
        fold = TranscriptFold()
        for entry in rig.read():
            fold.add(entry)
    first, second = (one for one in got[0].came if one["type"] == "conversation.item.truncate")
    assert got[0].kinds() == [
        "session.update", "conversation.item.create", "response.create",
        "response.cancel", "conversation.item.truncate", "conversation.item.truncate",
        "conversation.item.create", "response.create",
    ]  # fmt: skip
    assert flushed.cause == "text" and dropped.reply_id == "resp_1"
    assert abs(first["audio_end_ms"] - flushed.heard_ms) <= 1
    assert (second["item_id"], second["audio_end_ms"]) == ("item_a2", 0)
    shown = [line.shown for line in fold.lines]
    assert shown[0] == "count" and shown[2:] == ["stop", "Fine."]
    assert fold.lines[1].estimated and len(shown[1]) < len("This is all the text of item_a1.")


async def test_a_voice_over_a_reply_that_was_given_cuts_it(tmp_path: Path) -> None:
    got: list[dict[str, Any]] = []

    async def act(server: Server) -> None:
        await server.gets("response.create")
        await speak(server)
        await server.ends()
        await server.gets("conversation.item.retrieve")
        await server.says(
            "input_audio_buffer.speech_started", item_id="item_u2", audio_start_ms=900
        )
        got.append(await server.gets("conversation.item.truncate"))
        await server.stays()

    async with serving(act) as url, running(plan_of(tmp_path, url, **heard(tmp_path))) as rig:
        rig.session.handle(Connect())
        await rig.until(lambda: rig.notices.notice.live_ns, "live")
        rig.session.handle(SendText(text="count"))
        await rig.event(PlaybackStarted)
        call = rig.session._call_loop.call
        assert call is not None
        call.send_raw('{"type":"conversation.item.retrieve","item_id":"item_u1"}', "")
        flushed = await rig.event(PlaybackFlushed)
        corrected = await rig.event(AgentCorrected)
    assert flushed.cause == "interruption" and flushed.dropped_ms > 0
    assert abs(got[0]["audio_end_ms"] - flushed.heard_ms) <= 1
    assert corrected.estimated and corrected.original == "This is all the text of item_a1."


async def test_the_servers_count_of_what_was_sent_is_put_on_the_microphones_clock(
    tmp_path: Path,
) -> None:
    write_tone(tmp_path / "said.wav", 3000)

    async def act(server: Server) -> None:
        for _ in range(50):  # one second
            await server.gets("input_audio_buffer.append")
        told: dict[str, Any] = {"item_id": "item_u1"}
        await server.says("input_audio_buffer.speech_started", **told, audio_start_ms=100)
        await server.says("input_audio_buffer.speech_stopped", **told, audio_end_ms=933)
        await server.says("input_audio_buffer.speech_stopped", **told, audio_end_ms=99_000)
        await server.stays()

    sound = {"enabled": True, "mic_file": str(tmp_path / "said.wav")}
    async with serving(act) as url, running(plan_of(tmp_path, url, **sound)) as rig:
        rig.session.handle(Connect())
        await rig.until(lambda: len(rig.all(AgentHeardEnd)) == 2, "both ends")
    start, end = rig.all(SpeechPlaced)  # nothing is placed that was not sent
    assert (start.edge, end.edge) == ("start", "end")
    assert end.at_ns - start.at_ns == pytest.approx((733 - 400) * 1e6, abs=1e6)
    sent = [one.time_ns for one in rig.entries if one.kind == "input_audio_buffer.append"]
    assert sent[0] - 100e6 < start.at_ns - 400e6 < sent[0]


async def test_with_interruption_off_a_voice_cuts_nothing(tmp_path: Path) -> None:
    async def act(server: Server) -> None:
        await server.gets("response.create")
        await server.begins()
        await server.plays(200)
        await server.says("input_audio_buffer.speech_started", item_id="u", audio_start_ms=900)
        await server.plays(200)
        await server.ends()
        await server.stays()

    setup = Setup(options={"interrupt_response": False})
    async with serving(act) as url:
        async with running(plan_of(tmp_path, url, setup=setup, **heard(tmp_path))) as rig:
            rig.session.handle(Connect())
            await rig.until(lambda: rig.notices.notice.live_ns, "live")
            rig.session.handle(SendText(text="count"))
            await rig.until(lambda: "playback_finished" in rig.kinds(), "all of it")
    assert not rig.all(PlaybackFlushed) and not rig.all(AudioDropped)


async def test_the_talk_key_gives_a_turn_and_a_short_one_is_refused(tmp_path: Path) -> None:
    got: list[str] = []

    async def act(server: Server) -> None:
        await server.gets("input_audio_buffer.clear")
        await server.gets("response.create")
        got.extend(one["type"] for one in server.came[1:])
        await server.stays()

    tone = write_tone(tmp_path / "tone.wav", 30)
    sound = {**heard(tmp_path), "mic_file": str(tone), "talk": "push"}
    setup = Setup(options={"turn_detection": "none"})
    async with serving(act) as url:
        async with running(plan_of(tmp_path, url, setup=setup, **sound)) as rig:
            rig.session.handle(Connect())
            await rig.until(lambda: rig.notices.notice.live_ns, "live")
            rig.session.handle(SetMuted(muted=False))
            await rig.until(lambda: rig.kinds().count("input_audio_buffer.append") > 9, "speech")
            rig.session.handle(SetMuted(muted=True))
            await rig.until(lambda: "response.create" in rig.kinds(), "the question")
            appended = rig.kinds().count("input_audio_buffer.append")
            rig.session.handle(SetMuted(muted=False))
            rig.session.handle(SetMuted(muted=True))
            noted = await rig.event(Noted)
    assert list(dict.fromkeys(got)) == [
        "input_audio_buffer.clear", "input_audio_buffer.append", "input_audio_buffer.commit",
        "response.create",
    ]  # fmt: skip
    assert "too short: hold the key for 100 ms" in noted.text
    assert rig.kinds().count("input_audio_buffer.append") == appended
    assert [one.muted for one in rig.all(MicMuted)][-1] is True


@pytest.mark.parametrize("on", [True, False])
async def test_where_the_server_ends_turns_a_closed_microphone_is_silence(
    tmp_path: Path, on: bool
) -> None:
    async def act(server: Server) -> None:
        await server.stays()

    sound = {**heard(tmp_path), "mic_file": str(write_tone(tmp_path / "tone.wav", 30))}
    async with serving(act) as url, running(plan_of(tmp_path, url, **sound)) as rig:
        rig.session.handle(Connect())
        await rig.until(lambda: "input_audio_buffer.append" in rig.kinds(), "sound")
        rig.session.handle(SetPushToTalk(on=on))
        count = rig.kinds().count("input_audio_buffer.append")
        await rig.until(
            lambda: rig.kinds().count("input_audio_buffer.append") > count + 5, "silence"
        )
    assert "input_audio_buffer.commit" not in rig.kinds()


async def test_an_image_travels_in_the_turn(tmp_path: Path) -> None:
    got: list[dict[str, Any]] = []

    async def act(server: Server) -> None:
        got.append(await server.gets("conversation.item.create"))
        await server.stays()

    image, page = tmp_path / "cat.png", tmp_path / "page.pdf"
    image.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(3000))
    page.write_bytes(b"%PDF-1.7")
    async with serving(act) as url, running(plan_of(tmp_path, url)) as rig:
        rig.session.handle(Connect())
        await rig.until(lambda: rig.notices.notice.live_ns, "live")
        rig.session.handle(SendFile(path=str(image), text="What is it?"))
        sent = await rig.event(FilesSent)
        rig.session.handle(SendFile(path=str(page)))
        noted = await rig.event(Noted)
        rig.session.handle(SendFile(path=str(tmp_path / "none.png")))
        failed = await rig.event(UploadFailed)
    text, shown = got[0]["item"]["content"]
    assert text == {"type": "input_text", "text": "What is it?"}
    assert shown["image_url"].startswith("data:image/png;base64,iVBORw0KGgo")
    assert sent == FilesSent(file_ids=("image/png, 3 kB",), text="What is it?")
    assert "takes images" in noted.text and "not application/pdf" in noted.text
    assert "cannot read" in failed.reason


async def test_a_server_that_says_nothing_unasked_is_talked_to(tmp_path: Path) -> None:
    async def converse(socket: ServerConnection) -> None:
        server = Server(socket)
        await server.begins(await server.gets("response.create"))
        await server.tells("Hi.")
        await server.ends()
        await server.stays()

    async with serve(converse, "127.0.0.1", 0) as listening:
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        async with running(plan_of(tmp_path, url)) as rig:
            rig.session.handle(Connect())
            await rig.until(lambda: rig.notices.notice.live_ns, "live")
            rig.session.handle(SendText(text="hello"))
            responded = await rig.event(AgentResponded)
    assert responded.text == "Hi."
    assert "goes on as it was asked for" in rig.all(Noted)[0].text


async def test_the_end_of_the_session_is_counted_down_to(tmp_path: Path) -> None:
    async def act(server: Server) -> None:
        await server.stays()

    async with serving(act) as url, running(plan_of(tmp_path, url)) as rig:
        rig.session.handle(Connect())
        limited = await rig.event(DurationLimited)
        await rig.until(lambda: rig.notices.notice.duration_limit_s, "the limit")
        assert rig.notices.notice.duration_limit_s == limited.seconds
        await rig.until(lambda: rig.notices.notice.round_trip_ms, "the socket's own ping")
    assert 1700 <= limited.seconds <= 1800
    assert len(rig.all(DurationLimited)) == 1


async def test_what_the_server_heard_is_kept_as_sound(tmp_path: Path) -> None:
    async def act(server: Server) -> None:
        content = [{"type": "input_audio", "audio": "AAAQABAAEAA=", "transcript": "Hi."}]
        item = {"id": "item_u1", "type": "message", "role": "user", "content": content}
        await server.says("conversation.item.retrieved", item=item)
        await server.stays()

    async with serving(act) as url, running(plan_of(tmp_path, url)) as rig:
        rig.session.handle(Connect())
        retrieved = await rig.event(ItemRetrieved)
        number = rig.kinds().index("conversation.item.retrieved")
        assert rig.reader.audio(number) == b"\0\0\x10\0\x10\0\x10\0"
        assert rig.reader.level(number) is not None
    assert (retrieved.item_id, retrieved.text) == ("item_u1", "Hi.")
