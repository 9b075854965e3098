"""The toy's frames to and from the vocabulary."""

from collections.abc import Sequence

import msgspec

from tui import events
from tui.commands import AnswerTool, ReportHeard, SendAudio, SendText, StopReply, ToCodec
from tui.events import AudioFormat, Encoding, Event, ProtocolErred
from tui.provider import PROTOCOL_ERROR, DeclaredTool, Frame, Step
from tui.setup import Setup

from . import wire

FORMAT = AudioFormat(Encoding.PCM, wire.RATE)
_from_agent = msgspec.json.Decoder(wire.AnyFromAgent).decode
_from_client = msgspec.json.Decoder(wire.AnyFromClient).decode


def kind_of(frame: msgspec.Struct) -> str:
    return str(frame.__struct_config__.tag)


class ToyCodec:
    def __init__(self, setup: Setup, tools: Sequence[DeclaredTool]) -> None:
        self._setup, self._tools = setup, tools
        self._stopped: set[str] = set()

    def open(self) -> Step:
        options = self._setup.options
        hello = wire.Hello(
            mood=options.get("mood", ""),
            words=options.get("words", 0),
            opening=self._setup.first_message,
            tools={tool.name: tool.parameters for tool in self._tools},
        )
        return Step(frames=(_frame(hello),))

    def receive(self, text: str | bytes) -> Step:
        try:
            frame = _from_agent(text)
        except msgspec.DecodeError as error:
            return Step(events=(ProtocolErred(reason=str(error)),), kind=PROTOCOL_ERROR)
        return Step(events=tuple(self._meaning(frame)), kind=kind_of(frame))

    def _meaning(self, frame: wire.AnyFromAgent) -> list[Event]:  # noqa: PLR0911
        match frame:
            case wire.Welcome(call=call):
                started = events.ConversationStarted(
                    conversation_id=call, input_format=FORMAT, output_format=FORMAT
                )
                return [started]
            case wire.Heard(turn=turn, text=text):
                return [events.UserTranscribed(text=text, user_turn_id=turn)]
            case wire.Reply(reply=reply, text=text):
                return [events.AgentResponded(text=text, reply_id=reply)]
            case wire.Voice(reply=reply, pcm=pcm):
                audio = wire.unpacked(pcm)
                if reply in self._stopped:
                    return [events.AudioDropped(reply_id=reply, size=len(audio), reason="stopped")]
                return [events.AudioReceived(audio=audio, reply_id=reply)]
            case wire.Spoken(reply=reply, state="stopped"):
                self._stopped.add(reply)
                return [events.Interrupted(reply_id=reply)]
            case wire.Spoken(state="failed"):
                return [events.ProviderErred(message="the reply failed")]
            case wire.Spoken():
                return [events.OtherReceived(type="spoken", known=True)]
            case wire.UseTool(call=call, name=name, arguments=arguments):
                return [events.ToolCalled(name=name, call_id=call, parameters=arguments)]

    def send(self, command: ToCodec) -> Step:
        match command:
            case SendAudio(audio=audio):
                return Step(frames=(_frame(wire.Sound(pcm=wire.packed(audio)), audio),))
            case SendText(text=text):
                return Step(frames=(_frame(wire.Say(text=text)),))
            case StopReply(reply_id=reply):
                self._stopped.add(str(reply))
                return Step(frames=(_frame(wire.Hush(reply=str(reply))),))
            case ReportHeard(reply_id=reply, heard_ms=heard_ms):
                return Step(frames=(_frame(wire.Cut(reply=str(reply), heard_ms=heard_ms)),))
            case AnswerTool(call_id=call, result=result, is_error=failed):
                done = wire.ToolDone(call=call, value=result, failed=failed)
                return Step(frames=(_frame(done),))
            case _:
                reason = f"not sent: this protocol has no frame for {type(command).__name__}"
                return Step(events=(ProtocolErred(reason=reason),))

    def sent(self, text: str) -> Step:
        try:
            frame = _from_client(text)
        except msgspec.DecodeError as error:
            return Step(events=(ProtocolErred(reason=str(error)),), kind=PROTOCOL_ERROR)
        return Step(events=(_sent(frame),), kind=kind_of(frame))


def _sent(frame: wire.AnyFromClient) -> Event:
    match frame:
        case wire.Hello():
            return events.InitiationSent()
        case wire.Say(text=text):
            return events.TextSent(text=text)
        case wire.Sound(pcm=pcm):
            return events.AudioSent(audio=wire.unpacked(pcm) if pcm else b"")
        case wire.ToolDone(call=call, value=value, failed=failed):
            return events.ToolAnswered(call_id=call, result=value, is_error=failed)
        case wire.Hush() | wire.Cut():
            return events.OtherSent(type=kind_of(frame))


def _frame(frame: wire.FromClient, audio: bytes | None = None) -> Frame:
    return Frame(kind_of(frame), wire.text_of(frame), audio)
