"""What a conversation over the OpenAI Realtime wire has come to: shared by its two directions.

Knows the parts; nothing of frames.
"""

from dataclasses import dataclass, field

from tui.providers.openai.client_frames import Writer
from tui.providers.openai.conversation.replies import Replies
from tui.providers.openai.conversation.responses import Responses
from tui.providers.openai.conversation.tool_calls import ToolCalls
from tui.providers.openai.session import Agreed


@dataclass(slots=True)
class Conversation:
    agreed: Agreed = field(default_factory=Agreed)
    asked: bool = False
    """The session was asked for: what it had before does not count."""
    writer: Writer = field(default_factory=Writer)
    responses: Responses = field(init=False)
    replies: Replies = field(default_factory=Replies)
    answers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The items that each of our own responses answers."""
    calls: ToolCalls = field(default_factory=ToolCalls)

    def __post_init__(self) -> None:
        self.responses = Responses(self.writer)

    @property
    def byte_rate(self) -> int:
        """Bytes of the server's sound in a second."""
        return self.agreed.spoken.rate * self.agreed.spoken.sample_bytes or 1
