"""Commands as frames to an OpenAI Realtime server.

Knows the conversation; reads no frame.
"""

from base64 import b64encode
from collections.abc import Sequence

from tui.commands import (
    AnswerMcp,
    AnswerPing,
    AnswerTool,
    BeginTurn,
    EndTurn,
    ReportHeard,
    SendActivity,
    SendAudio,
    SendContext,
    SendImage,
    SendText,
    StopReply,
    ToCodec,
)
from tui.events import Encoding, ProtocolErred
from tui.provider import Frame, Step
from tui.providers.openai.client_frames import FAILED
from tui.providers.openai.conversation.replies import Cut
from tui.providers.openai.conversation.responses import Wish
from tui.providers.openai.conversation.state import Conversation

SHORTEST_MS = 100
"""Of a turn that a server takes."""


IMAGES = ("image/png", "image/jpeg", "image/webp", "image/gif")


class Outgoing:
    def __init__(self, now: Conversation) -> None:
        self._now = now
        self._contexts: dict[str, str] = {}
        """Items that tell something, by what they are about."""
        self._begun = False
        """The user has begun a turn by key."""
        self._open = True
        """The microphone, where the user decides about turns."""
        self._unsaid = 0
        """Bytes of sound since the last turn of the user's."""

    def send(self, command: ToCodec) -> Step:
        try:
            written = self._written(command)
        except UnicodeEncodeError as error:  # half a character from a clipboard
            written = f"it is no text: {error}"
        if isinstance(written, str):
            return Step(events=(ProtocolErred(reason=f"not sent: {written}"),))
        return Step(frames=tuple(written))

    def _written(self, command: ToCodec) -> Sequence[Frame] | str:  # noqa: PLR0911  one a command
        """The frames, or why there are none."""
        match command:
            case SendAudio(audio=audio):
                return self._append(audio)
            case SendText(text=text):
                return self._say(_text(text)) if text.strip() else "a text must not be blank"
            case SendImage():
                return self._show(command)
            case SendContext(text=text, context_id=context_id):
                return self._tell(text, context_id)
            case AnswerTool():
                return self._answer(command)
            case AnswerMcp(call_id=call_id, approved=approved):
                asked = {"approval_request_id": call_id, "approve": approved}
                return (self._now.writer.item({"type": "mcp_approval_response", **asked})[0],)
            case StopReply(reply_id=reply_id):
                self._now.replies.void(str(reply_id), "you stopped it")
                return self._now.responses.stop(str(reply_id))
            case ReportHeard():
                return self._report(command)
            case BeginTurn():
                return self._begin_turn()
            case EndTurn():
                return self._end_turn()
            case SendActivity() | AnswerPing():
                return ()  # nothing of the kind is needed here
            case _:
                return f"this protocol has no frame for {type(command).__name__}"

    def _append(self, audio: bytes) -> Sequence[Frame] | str:
        if self._now.agreed.heard.encoding is Encoding.UNKNOWN or not self._open:
            return ()
        if len(audio) % self._now.agreed.heard.sample_bytes:
            return f"audio of {len(audio)} bytes ends within a sample"
        self._unsaid += len(audio)
        return (self._now.writer.append(audio),)

    def _show(self, image: SendImage) -> Sequence[Frame] | str:
        if image.mime not in IMAGES:
            return f"this agent takes images ({', '.join(IMAGES)}), not {image.mime}"
        url = f"data:{image.mime};base64,{b64encode(image.data).decode()}"
        shown = {"type": "input_image", "image_url": url}
        return self._say(*([_text(image.text)] if image.text.strip() else []), shown)

    def _say(self, *content: dict[str, str]) -> Sequence[Frame]:
        """A text does not interrupt by itself: what is under way is ended first."""
        item, item_id = self._now.writer.message("user", content)
        if active := self._now.responses.active:
            self._now.replies.void(active, "typed over")
        return (
            *self._now.responses.stop(),
            item,
            *self._now.responses.want(Wish((item_id,), urgent=True)),
        )

    def _tell(self, text: str, context_id: str) -> Sequence[Frame]:
        told, item_id = self._now.writer.message("system", [_text(text)])
        before = self._contexts.pop(context_id, "") if context_id else ""
        if context_id:
            self._contexts[context_id] = item_id
        return (self._now.writer.delete(before), told) if before else (told,)

    def _answer(self, command: AnswerTool) -> Sequence[Frame]:
        said = f"{FAILED}{command.result}" if command.is_error else command.result
        item, item_id = self._now.writer.item(
            {"type": "function_call_output", "call_id": command.call_id, "output": said}
        )
        answered = self._now.calls.answered(command.call_id, item_id)
        return (item, *(self._now.responses.want(Wish(answered)) if answered else ()))

    def _report(self, command: ReportHeard) -> Sequence[Frame]:
        """Of a reply that was cut: what of it is under way ends, unless the server ended it."""
        reply_id = str(command.reply_id)
        self._now.replies.void(reply_id, "it was cut")
        heard = command.samples * self._now.agreed.spoken.sample_bytes
        cuts = self._now.replies.cuts(reply_id, heard, self._now.byte_rate)
        return (*self._now.responses.stop(reply_id), *truncations(self._now, cuts))

    def _begin_turn(self) -> Sequence[Frame]:
        """What was sent between two turns is in neither."""
        if not self._now.agreed.manual:
            return ()
        self._open = self._begun = True
        self._unsaid = 0
        return (self._now.writer.clear(),)

    def _end_turn(self) -> Sequence[Frame] | str:
        if not self._now.agreed.manual or not self._open:
            return ()
        if not (self._begun or self._unsaid):  # it was closed from the start
            self._open = False
            return ()
        said_ms = self._now.agreed.heard.milliseconds(self._unsaid)
        self._open, self._unsaid = False, 0
        if said_ms < SHORTEST_MS:
            return f"a turn of {said_ms:.0f} ms is too short: hold the key for {SHORTEST_MS} ms"
        return (self._now.writer.commit(), *self._now.responses.want(Wish(urgent=True)))


def _text(text: str) -> dict[str, str]:
    return {"type": "input_text", "text": text}


def truncations(now: Conversation, cuts: Sequence[Cut]) -> tuple[Frame, ...]:
    return tuple(
        now.writer.truncate(*cut.key, end_ms=cut.heard_ms, of_ms=cut.of_ms) for cut in cuts
    )
