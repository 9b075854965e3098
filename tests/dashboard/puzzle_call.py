"""A call with two things wrong, for whoever looks for them: turn 7 is slow because a tool took
2.6 s, and in turn 4 a tool failed. Eight typed turns, one every five seconds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.dashboard.sample_call import CallScript
from tui import events

QUESTIONS = (
    "Where is my parcel?",
    "Which carrier has it?",
    "Can I change the address?",
    "Use the one on file, please.",
    "Then leave it with the neighbour.",
    "When will it come?",
    "And what did I pay for it?",
    "Thank you.",
)
ANSWERS = (
    "It left the warehouse yesterday.",
    "It travels with Northern Parcels.",
    "You can, until it is out for delivery.",
    "I could not reach the address book, sorry. Please tell me the address.",
    "I noted the neighbour for the driver.",
    "Tomorrow before noon.",
    "You paid 49.90 by card.",
    "You are welcome!",
)
EVERY_MS = 5000


def write_puzzle(path: Path) -> Path:
    script = CallScript(path)
    script.at(20)
    script.fact(events.LinkOpening(target="local agent", provider="elevenlabs"))
    metadata = {
        "conversation_id": "conv_77aa",
        "agent_output_audio_format": "pcm_16000",
        "user_input_audio_format": "pcm_16000",
    }
    script.at(140)
    script.received(
        {
            "type": "conversation_initiation_metadata",
            "conversation_initiation_metadata_event": metadata,
        }
    )
    for number, (question, answer) in enumerate(zip(QUESTIONS, ANSWERS, strict=True), 1):
        script.turn = number
        _turn(script, number, question, answer)
    script.close()
    return path


def _turn(script: CallScript, number: int, question: str, answer: str) -> None:
    begin = number * EVERY_MS
    waited = {4: 900, 7: 3100}.get(number, 300)
    steps: list[tuple[float, Callable[[], None]]] = [
        (begin, lambda: script.sent({"type": "user_message", "text": question})),
        (begin + waited, lambda: script.agent(answer, number)),
        (begin + 4700, lambda: script.ping(number, 84)),
    ]
    heard = events.PlaybackStarted(reply_id=number, at_ns=script.ns(begin + waited + 92))
    steps.append((begin + waited + 90, lambda: script.fact(heard)))
    steps += [(begin + waited + 40 + 45 * n, lambda: script.speech(number)) for n in range(4)]
    steps += [(begin + ms + 190, lambda: script.vad(0.02)) for ms in range(0, waited, 200)]
    if number == 4:
        asked = {"customer": "C-31", "field": "address"}
        steps += _call(
            script, "address_book", "t_4", asked, ms=begin + 250, took=410, is_error=True
        )
    if number == 7:
        steps += _call(script, "get_invoice", "t_7", {"order": "A-1009"}, ms=begin + 280, took=2600)
    for ms, step in sorted(steps, key=lambda pair: pair[0]):
        script.at(ms)
        step()


def _call(
    script: CallScript,
    name: str,
    call_id: str,
    parameters: dict[str, Any],
    *,
    ms: float,
    took: float,
    is_error: bool = False,
) -> list[tuple[float, Callable[[], None]]]:
    call = {"tool_name": name, "tool_call_id": call_id, "parameters": parameters, "event_id": 1}
    result = "connection refused: address book" if is_error else '{"total": 49.9}'
    answer = {"tool_call_id": call_id, "result": result, "is_error": is_error}
    return [
        (ms, lambda: script.received({"type": "client_tool_call", "client_tool_call": call})),
        (ms + took, lambda: script.sent({"type": "client_tool_result", **answer})),
    ]
