"""The OpenAI Realtime codec: frames of the conversation socket to and from the vocabulary.

Knows what a server does by itself and what has to be asked of it; no clock, no socket, no device.

Theory of operation. The session is asked for as soon as the socket is open, and the call begins
with the first word of the server's about its session. A reply is a response: its id is the reply's,
and it may hold several parts. The server ends a response itself when it hears the user, but it does
not know what was played: of each part that was not heard to its end it is told so (`truncate`), and
what still comes of such a reply is dropped. It never says which words were heard, so the words are
estimated here, from what was sent: a replay finds the same. Responses are asked for one at a time
(`conversation/responses.py`). What a frame of ours asked for stands in its id, so that what fails
harmlessly is a note.
"""

from collections.abc import Sequence
from typing import Any

from tui.commands import ToCodec
from tui.events import ConversationStarted
from tui.provider import DeclaredTool, Step
from tui.providers.openai.conversation.incoming import Incoming
from tui.providers.openai.conversation.outgoing import Outgoing
from tui.providers.openai.conversation.sent import read_sent
from tui.providers.openai.conversation.state import Conversation
from tui.providers.openai.session import session_of, with_turns
from tui.setup import Setup

_DEFAULT = Setup()


class OpenAICodec:
    """One conversation's codec; `setup` and `tools` are what the session is asked for."""

    def __init__(self, setup: Setup = _DEFAULT, tools: Sequence[DeclaredTool] = ()) -> None:
        self._setup, self._tools = setup, tools
        self._now = Conversation()
        self._incoming = Incoming(self._now, setup.first_message)
        self._outgoing = Outgoing(self._now)

    def open(self) -> Step:
        session = session_of(self._setup, self._tools)
        self._ask(session)
        as_asked = ConversationStarted(
            conversation_id="",
            input_format=self._now.agreed.heard,
            output_format=self._now.agreed.spoken,
            endpointing=self._now.agreed.endpointing,
        )
        return Step(events=(as_asked,), frames=(self._now.writer.update(session),))

    def _ask(self, session: dict[str, Any]) -> None:
        self._now.agreed, self._now.asked = with_turns(self._now.agreed, session), True

    def receive(self, text: str | bytes) -> Step:
        return self._incoming.receive(text)

    def send(self, command: ToCodec) -> Step:
        return self._outgoing.send(command)

    def sent(self, text: str) -> Step:
        step, session = read_sent(text, self._now.replies)
        if session is not None:
            self._ask(session)
        return step
