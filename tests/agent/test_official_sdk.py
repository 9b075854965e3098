"""Conformance: the official Python SDK holds conversations with the real agent process.

Every callback is set, so that the SDK looks into every frame it knows: one that it can't take would
end its session, which `Log.wait` turns into a failure.
"""

# mypy: disable-error-code="no-untyped-call"
# The SDK's own methods are not annotated.

import asyncio
import queue
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from elevenlabs import ElevenLabs
from elevenlabs.conversational_ai.conversation import (
    AsyncAudioInterface,
    AsyncConversation,
    AudioInterface,
    ClientTools,
    Conversation,
    ConversationInitiationData,
    DisconnectionDetails,
)

from tests.agent.conftest import Recognise, Synthesise
from tests.agent.helpers import PATIENCE_S, SILENT_START, AgentProcess, running, words

CHUNK = 8_000
"""Bytes, 250 ms: what the SDK's own audio interface sends at a time."""


class Log:
    """What the SDK's callbacks were called with, in order, to be awaited from either world."""

    def __init__(self) -> None:
        self._queue: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.seen: list[tuple[str, Any]] = []

    def put(self, kind: str, *values: Any) -> None:
        self._queue.put((kind, values[0] if len(values) == 1 else values))

    def callback(self, kind: str) -> Callable[..., None]:
        return lambda *values: self.put(kind, *values)

    def async_callback(self, kind: str) -> Callable[..., Awaitable[None]]:
        async def called(*values: Any) -> None:
            self.put(kind, *values)

        return called

    def wait(self, kind: str) -> Any:
        """The next one of that kind; what comes before it is kept in `seen`."""
        while True:
            entry = self._queue.get(timeout=PATIENCE_S)
            self.seen.append(entry)
            if entry[0] == "ended" and kind != "ended":
                pytest.fail(f"the SDK's session ended while waiting for {kind}: {entry[1]}")
            if entry[0] == kind:
                return entry[1]


class Headset(AudioInterface):
    """Says what it is given, silence otherwise, in real time; tells the log what it plays."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._speech = b""
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def say(self, pcm: bytes) -> None:
        with self._lock:
            self._speech += pcm

    def start(self, input_callback: Callable[[bytes], None]) -> None:
        self._thread = threading.Thread(target=self._run, args=(input_callback,))
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join()

    def output(self, audio: bytes) -> None:
        self._log.put("played", audio)

    def interrupt(self) -> None:
        self._log.put("interrupted")

    def next_chunk(self) -> bytes:
        with self._lock:
            chunk, self._speech = self._speech[:CHUNK], self._speech[CHUNK:]
        return chunk.ljust(CHUNK, b"\0")

    def _run(self, input_callback: Callable[[bytes], None]) -> None:
        while not self._stop.is_set():
            input_callback(self.next_chunk())
            self._stop.wait(0.25)


class AsyncHeadset(AsyncAudioInterface):
    def __init__(self, log: Log) -> None:
        self._inner = Headset(log)
        self._task: asyncio.Task[None] | None = None

    def say(self, pcm: bytes) -> None:
        self._inner.say(pcm)

    async def start(self, input_callback: Callable[[bytes], Awaitable[None]]) -> None:
        self._task = asyncio.create_task(self._run(input_callback))

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()

    async def output(self, audio: bytes) -> None:
        self._inner.output(audio)

    async def interrupt(self) -> None:
        self._inner.interrupt()

    async def _run(self, input_callback: Callable[[bytes], Awaitable[None]]) -> None:
        while True:
            await input_callback(self._inner.next_chunk())
            await asyncio.sleep(0.25)


def client_of(agent: AgentProcess) -> ElevenLabs:
    return ElevenLabs(api_key="k", base_url=agent.url)


def tools_of(log: Log) -> ClientTools:
    def lookup(parameters: dict[str, Any]) -> dict[str, str]:
        log.put("looked_up", parameters["id"])
        return {"status": "shipped"}  # the SDK sends an object as it is, not as a string

    tools = ClientTools()
    tools.register("lookup_order", lookup)
    return tools


@contextmanager
def held(
    agent: AgentProcess,
    log: Log,
    headset: Headset | None = None,
    requires_auth: bool = False,
    override: dict[str, Any] | None = None,
) -> Iterator[Conversation]:
    conversation = Conversation(
        client_of(agent),
        "private-agent" if requires_auth else "public-agent",
        requires_auth=requires_auth,
        audio_interface=headset,
        client_tools=tools_of(log),
        config=ConversationInitiationData(conversation_config_override=override),
        callback_agent_response=log.callback("response"),
        callback_agent_response_correction=log.callback("correction"),
        callback_agent_chat_response_part=log.callback("part"),
        callback_user_transcript=log.callback("transcript"),
        callback_latency_measurement=log.callback("latency"),
        callback_audio_alignment=log.callback("alignment"),
        callback_disconnect=log.callback("ended"),
    )
    conversation.start_session()
    try:
        yield conversation
    finally:
        conversation.end_session()
        conversation_id = conversation.wait_for_session_end()
    assert conversation_id is not None
    assert conversation_id.startswith("conv_")


@pytest.mark.parametrize("requires_auth", [False, True], ids=["public", "signed url"])
def test_text(agent: AgentProcess, requires_auth: bool) -> None:
    log = Log()
    with held(agent, log, requires_auth=requires_auth) as conversation:
        assert "local agent" in log.wait("response")
        conversation.send_user_message("What is twelve times seven?")
        assert log.wait("response") == "That is eighty-four."
        assert "That is eighty-four. " in [v[0] for k, v in log.seen if k == "part"]
        conversation.send_contextual_update("The user reads page two.")
        conversation.register_user_activity()
        conversation.send_user_message("Check order 1009")
        assert log.wait("looked_up") == "1009"
        assert log.wait("response") == "Order 1009: status shipped."
        assert log.wait("latency") >= 1
    assert log.wait("ended") == DisconnectionDetails(reason="user")


@pytest.mark.parametrize("requires_auth", [False, True], ids=["public", "signed url"])
def test_voice(
    agent: AgentProcess, synthesise: Synthesise, recognise: Recognise, requires_auth: bool
) -> None:
    log = Log()
    headset = Headset(log)
    with held(agent, log, headset, requires_auth, SILENT_START) as conversation:
        headset.say(synthesise("Please check order one thousand and nine."))
        assert "order" in log.wait("transcript")
        assert log.wait("looked_up") == "1009"
        assert log.wait("response") == "Order 1009: status shipped."
        log.wait("played")
        headset.say(bytes(64_000) + synthesise("Tell me a story."))
        story = log.wait("response")
        for _ in range(13):
            log.wait("played")
        headset.say(synthesise("Stop, what is six plus seven?"))
        log.wait("interrupted")
        original, corrected = log.wait("correction")
        assert original == story
        assert story.startswith(corrected)
        assert log.wait("response") == "That is thirteen."
        audio = b"".join(log.wait("played") for _ in range(4))
        assert "that" in words(recognise(audio))
        conversation.send_user_message("Goodbye")
        ended = log.wait("ended")
    assert ended == DisconnectionDetails(
        reason="agent", close_code=1000, close_reason="The agent ended the call."
    )


@pytest.mark.parametrize("requires_auth", [False, True], ids=["public", "signed url"])
@pytest.mark.parametrize("spoken", [False, True], ids=["text", "voice"])
async def test_async(
    agent: AgentProcess, synthesise: Synthesise, spoken: bool, requires_auth: bool
) -> None:
    log = Log()
    headset = AsyncHeadset(log) if spoken else None
    conversation = AsyncConversation(
        client_of(agent),
        "private-agent" if requires_auth else "public-agent",
        requires_auth=requires_auth,
        audio_interface=headset,
        client_tools=tools_of(log),
        config=ConversationInitiationData(conversation_config_override=dict(SILENT_START)),
        callback_agent_response=log.async_callback("response"),
        callback_agent_response_correction=log.async_callback("correction"),
        callback_agent_chat_response_part=log.async_callback("part"),
        callback_user_transcript=log.async_callback("transcript"),
        callback_latency_measurement=log.async_callback("latency"),
        callback_audio_alignment=log.async_callback("alignment"),
        callback_disconnect=log.async_callback("ended"),
    )
    await conversation.start_session()

    async def wait(kind: str) -> Any:
        return await asyncio.to_thread(log.wait, kind)

    await wait("latency")  # a round trip was measured: the session is up

    async def ask(text: str) -> None:
        if headset:
            headset.say(synthesise(text))
        else:
            await conversation.send_user_message(text)

    await ask("Please check order one thousand and nine.")
    assert await wait("looked_up") == "1009"
    assert await wait("response") == "Order 1009: status shipped."
    if headset:
        headset.say(bytes(64_000))
    await ask("Tell me a story.")
    story = await wait("response")
    if headset:
        for _ in range(13):
            await wait("played")
        await ask("Stop, what is six plus seven?")
        await wait("interrupted")
        assert (await wait("correction"))[0] == story
        assert await wait("response") == "That is thirteen."
    await conversation.end_session()
    assert await wait("ended") == DisconnectionDetails(reason="user")
    assert str(await conversation.wait_for_session_end()).startswith("conv_")


EVERY_MESSAGE = """
about = "Every server message that the SDK acts on, and some that it does not know."
[[step]]
say = "Hello."
event_id = 3
[[step]]
[step.send]
type = "ping"
ping_event = { event_id = 1, ping_ms = 12 }
[[step]]
wait_for = "pong"
[[step]]
[step.send]
type = "user_transcript"
user_transcription_event = { user_transcript = "Hi", event_id = 4 }
[[step]]
[step.send]
type = "agent_chat_response_part"
text_response_part = { text = "Part", type = "delta", event_id = 4 }
[[step]]
[step.send]
type = "interruption"
interruption_event = { event_id = 4 }
[[step]]
[step.send]
type = "agent_response_correction"
[step.send.agent_response_correction_event]
original_agent_response = "Hello."
corrected_agent_response = "Hel"
event_id = 3
[[step]]
[step.send]
type = "client_tool_call"
[step.send.client_tool_call]
tool_name = "lookup_order"
tool_call_id = "c1"
parameters = { id = "7" }
event_id = 5
[[step]]
wait_for = "client_tool_result"
contains = "c1"
[[step]]
send = { type = "never_heard_of" }
[[step]]
send = { type = "error", error_event = { code = 1002, error_type = "llm_error" } }
[[step]]
say = "Goodbye."
event_id = 6
[[step]]
close = 1000
reason = "bye"
"""


def test_every_message_the_sdk_handles(tmp_path: Path) -> None:
    path = tmp_path / "every.toml"
    path.write_text(EVERY_MESSAGE)
    log = Log()
    with running("--scenario", str(path)) as process, held(process, log, Headset(log)):
        assert log.wait("response") == "Hello."
        assert log.wait("latency") == 12
        assert log.wait("transcript") == "Hi"
        assert log.wait("part")[0] == "Part"
        log.wait("interrupted")
        assert log.wait("correction") == ("Hello.", "Hel")
        assert log.wait("looked_up") == "7"
        assert log.wait("response") == "Goodbye."
        ended = log.wait("ended")
    assert ended == DisconnectionDetails(reason="agent", close_code=1000, close_reason="bye")
    seen = [kind for kind, _ in log.seen]
    assert {"alignment", "played"} <= set(seen)


def test_a_refused_conversation_is_told(agent: AgentProcess) -> None:
    log = Log()
    conversation = Conversation(
        client_of(agent),
        "private-agent",
        requires_auth=False,
        callback_disconnect=log.callback("ended"),
    )
    conversation.start_session()
    ended = log.wait("ended")
    conversation.wait_for_session_end()
    assert ended.reason == "error"
    assert "403" in ended.message
