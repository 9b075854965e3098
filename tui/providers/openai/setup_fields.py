"""What can be set up of an OpenAI Realtime session, as rows of a form; what does not go together.

Knows names, limits and which belongs to which; no widget. How it travels is in `session`.
"""

from functools import partial

from tui.catalogue import AgentCard
from tui.providers.openai.models import usual_price
from tui.setup import ADVANCED, Setup, SetupField, values

SERVER_VAD, SEMANTIC_VAD, NONE = "server_vad", "semantic_vad", "none"
TRANSCRIPTION = "gpt-live-transcribe"
_TURNS = "whose turn it is"
_SOUND = "limits and sound"
_OF_SERVER_VAD = ("threshold", "prefix_padding_ms", "silence_duration_ms", "idle_timeout_ms")
_OF_SEMANTIC_VAD = ("eagerness",)
_OF_BOTH = ("create_response", "interrupt_response")
_OF_SOUND = (
    "voice_id", "speed", "noise_reduction", "transcription", "turn_detection", "language",
    "keywords", *_OF_SERVER_VAD, *_OF_SEMANTIC_VAD, *_OF_BOTH,
)  # fmt: skip

_Choice = partial(SetupField, kind="choice")
_Number = partial(SetupField, kind="number")
_Whole = partial(SetupField, kind="integer")
_YesNo = partial(SetupField, kind="yes_no")

FIELDS = (
    _Choice(name="llm", label="model", choices="models", none="the configured one"),
    _Choice(name="voice_id", label="voice", choices="voices", none="the model's own"),
    SetupField(name="prompt", label="instructions", kind="long"),
    SetupField(
        name="first_message", label="first message", hint="said at the start; empty: you begin"
    ),
    _Choice(name="language", label="you speak", choices="languages", none="the one it hears"),
    _Choice(
        name="transcription",
        label="transcription",
        choices="transcription",
        none=f"the usual: {TRANSCRIPTION}, {usual_price(TRANSCRIPTION)}",
    ),
    _Choice(
        name="turn_detection",
        label="turn detection",
        choices=(SERVER_VAD, SEMANTIC_VAD, NONE),
        none=f"the usual: {SERVER_VAD}",
        group=_TURNS,
    ),
    _Choice(
        name="eagerness",
        label="eagerness",
        choices=("low", "medium", "high", "auto"),
        none="the usual: auto",
        group=_TURNS,
    ),
    _Number(
        name="threshold", label="threshold", low=0, high=1, hint="0 to 1; usual 0.5", group=_TURNS
    ),
    _Whole(
        name="silence_duration_ms",
        label="silence, ms",
        low=0,
        hint="that end your turn; usual 200",
        group=_TURNS,
    ),
    _Whole(
        name="prefix_padding_ms",
        label="padding, ms",
        low=0,
        hint="kept from before your speech; usual 300",
        group=_TURNS,
    ),
    _Whole(
        name="idle_timeout_ms",
        label="idle, ms",
        low=5_000,
        high=30_000,
        hint="5000 to 30000; then it speaks up",
        group=_TURNS,
    ),
    _YesNo(name="create_response", label="answers by itself", none="the usual: yes", group=_TURNS),
    _YesNo(name="interrupt_response", label="you interrupt", none="the usual: yes", group=_TURNS),
    _Choice(
        name="noise_reduction",
        label="noise reduction",
        choices=("near_field", "far_field", NONE),
        none=f"the usual: {NONE}",
        group=_SOUND,
    ),
    _Number(
        name="speed", label="speed", low=0.25, high=1.5, hint="0.25 to 1.5; 1 is normal",
        group=_SOUND,
    ),
    _Whole(
        name="max_tokens", label="max tokens", low=1, high=4096, hint="1 to 4096, an answer",
        group=_SOUND,
    ),
    _YesNo(
        name="text_only", label="text only", hint="no sound either way", none="the usual: no",
        group=_SOUND,
    ),
    SetupField(
        name="keywords",
        label="keywords",
        kind="words",
        hint="names the transcriber should expect, by commas",
        group=ADVANCED,
    ),
    _Choice(
        name="reasoning_effort",
        label="reasoning",
        choices=("minimal", "low", "medium", "high", "xhigh"),
        none="the usual: low",
        group=ADVANCED,
    ),
    _YesNo(
        name="parallel_tool_calls", label="parallel calls", none="the model's own", group=ADVANCED
    ),
    SetupField(
        name="tool_choice",
        label="tool choice",
        hint="auto, none, required, or a tool's name",
        group=ADVANCED,
    ),
    SetupField(
        name="truncation",
        label="truncation",
        hint="auto, disabled, or what share is kept: 0.8",
        group=ADVANCED,
    ),
)  # fmt: skip


def preflight(_: AgentCard | None, setup: Setup) -> tuple[str, ...]:
    """What would be refused, one sentence each: seen here instead of as an error of the server."""
    return _truncation(setup)


def notes(setup: Setup) -> tuple[str, ...]:
    """What of it has no effect beside the rest, one sentence each."""
    if setup.text_only:
        asked = [name for name in _OF_SOUND if name in values(setup)]
        return (f"text only has no use for {', '.join(asked)}",) if asked else ()
    kind = setup.options.get("turn_detection") or SERVER_VAD
    owners: dict[str, tuple[str, ...]] = dict.fromkeys(_OF_SERVER_VAD, (SERVER_VAD,))
    owners |= dict.fromkeys(_OF_SEMANTIC_VAD, (SEMANTIC_VAD,))
    owners |= dict.fromkeys(_OF_BOTH, (SERVER_VAD, SEMANTIC_VAD))
    return tuple(
        f"{name} is for turn detection {' or '.join(of)}, not {kind}: it is left out"
        for name, of in owners.items()
        if kind not in of and setup.options.get(name) is not None
    )


def _truncation(setup: Setup) -> tuple[str, ...]:
    chosen = setup.options.get("truncation")
    if chosen in (None, "", "auto", "disabled"):
        return ()
    try:
        usable = 0 <= float(str(chosen)) <= 1
    except ValueError:
        usable = False
    if usable:
        return ()
    return (f"truncation is auto, disabled or a share from 0 to 1, not {str(chosen)[:40]!r}",)
