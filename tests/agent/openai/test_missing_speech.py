"""Without the speech packages the agent converses in text, and unheard audio blocks nothing."""

import base64

from websockets.asyncio.client import connect

from tests.agent.helpers import words
from tests.agent.openai.helpers import KEY, TRANSCRIBED, Client
from tests.agent.openai.test_text import said
from tests.agent.test_missing_speech import SPEECH, agent_without, line_of

LONGER_THAN_WAITS = 70


async def test_without_any_speech() -> None:
    async with agent_without(*SPEECH, "pocketsphinx") as process:
        sockets = (await line_of(process.stdout))["sockets"]
        assert isinstance(sockets, dict)
        url = sockets["openai"]
        async with (
            connect(url, additional_headers=KEY, proxy=None) as socket,
            Client(socket) as client,
        ):
            await client.update(**TRANSCRIBED)
            second = base64.b64encode(b"\1\2" * 24_000).decode()
            for _ in range(LONGER_THAN_WAITS):
                await client.send("input_audio_buffer.append", audio=second)
            response = await client.answer("what is six plus seven")
            assert said(response) == ["That is thirteen."]
            assert response["status"] == "completed"
            assert not client.of("response.output_audio.delta")
            await client.send("input_audio_buffer.commit")
            kind = "conversation.item.input_audio_transcription.failed"
            assert "install" in words((await client.expect(kind))["error"]["message"])
