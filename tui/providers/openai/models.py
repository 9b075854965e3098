"""What the OpenAI Realtime API offers: models, transcribers, voices, as tables to choose from.

Knows our dated file and the user's; asks nobody. What a minute costs follows from the rate of
tokens: 10 a second of what is heard, 20 of what is said.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

import msgspec

from tui.catalogue import Row, Table
from tui.data.tables import read_tables

FILE = Path(__file__).with_name("models.toml")
USERS = "models-openai.toml"
NONE = "none"
HEARD, SAID = 600, 1_200
"""Tokens of a minute of sound."""

Price = tuple[float, float, float]
"""US dollars per million tokens: in, cached, out."""


class Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    audio: Price | None = None
    text: Price | None = None
    """For who reads the file: a minute of speech is told by its sound alone."""
    ends: date | None = None


class Transcriber(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    per_minute: float | None = None
    ends: date | None = None


class Voice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    about: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    source: str = ""
    date: str = ""
    models: list[Model] = []
    transcription: list[Transcriber] = []
    voices: list[Voice] = []


def tables(folder: Path | None) -> Mapping[str, Table]:
    """What the user's file says of an id replaces ours."""
    ours, users, problem = read_tables(FILE, folder and folder / USERS, _File)
    note = f"as of {ours.date}: {ours.source}"
    models = {one.id: one for one in (*ours.models, *users.models)}.values()
    transcribers = {one.id: one for one in (*ours.transcription, *users.transcription)}.values()
    voices = {one.id: one for one in (*ours.voices, *users.voices)}.values()
    rows = [Row(value=one.id, side=price_of(one.audio), ends=one.ends) for one in models]
    heard = [Row(value=one.id, side=per_minute(one), ends=one.ends) for one in transcribers]
    heard.append(Row(value=NONE, side="your words are not written down"))
    return {
        "models": Table(rows=tuple(rows), note=note, problem=problem),
        "transcription": Table(rows=tuple(heard), note=note),
        "voices": Table(rows=tuple(Row(value=v.id, side=v.about) for v in voices), note=note),
    }


def price_of(audio: Price | None) -> str:
    """Of speech, which is most of it: `$0.019 in $0.077 out/min`."""
    if audio is None:
        return ""
    heard, _, said = audio
    return f"${heard * HEARD / 1e6:.3f} in ${said * SAID / 1e6:.3f} out/min"


def per_minute(transcriber: Transcriber) -> str:
    price = transcriber.per_minute
    return "" if price is None else f"${price:.4g}/min of your speech"


@cache
def usual_price(name: str) -> str:
    """Of a transcriber, by our own file."""
    ours, _, _ = read_tables(FILE, None, _File)
    return next((per_minute(one) for one in ours.transcription if one.id == name), "")
