"""What the OpenAI Realtime API offers and costs: models, transcribers, voices, as tables.

Knows our dated file and the user's; asks nobody. What a minute costs follows from the rate of
tokens: 10 a second of what is heard, 20 of what is said.
"""

import datetime
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from tui.catalogue import Row, Table
from tui.data.tables import read_tables
from tui.events import Priced, Rate
from tui.provider import PriceQuery
from tui.providers.openai.endpoint import API, DEFAULT_MODEL
from tui.providers.openai.session import NONE, TRANSCRIBER

FILE = Path(__file__).with_name("models.toml")
USERS = "models-openai.toml"
HEARD, SAID = 600, 1_200
"""Tokens of a minute of sound."""


class Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    audio: Rate | None = None
    text: Rate | None = None
    image: Rate | None = None
    ends: datetime.date | None = None
    date: str = ""
    source: str = ""


class Transcriber(Model, frozen=True, kw_only=True, forbid_unknown_fields=True):
    per_minute: float | None = None


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
    rows = [
        Row(
            value=one.id,
            side=price_of(one.audio),
            ends=one.ends,
            per_minute=of_minute(one.audio),
            date=one.date or ours.date,
        )
        for one in models
    ]
    heard = [Row(value=one.id, side=per_minute(one), ends=one.ends) for one in transcribers]
    heard.append(Row(value=NONE, side="your words are not written down"))
    return {
        "models": Table(rows=tuple(rows), note=note, problem=problem),
        "transcription": Table(rows=tuple(heard), note=note),
        "voices": Table(rows=tuple(Row(value=v.id, side=v.about) for v in voices), note=note),
    }


def price_of(audio: Rate | None) -> str:
    """Of speech, which is most of it: `$0.019 in $0.077 out/min`."""
    if audio is None:
        return ""
    heard, _, said = audio
    return f"${heard * HEARD / 1e6:.3f} in ${said * SAID / 1e6:.3f} out/min"


def of_minute(audio: Rate | None) -> float | None:
    return None if audio is None else (audio[0] * HEARD + audio[2] * SAID) / 2e6


def per_minute(transcriber: Transcriber) -> str:
    price = transcriber.per_minute
    return "" if price is None else f"${price:.4g}/min of your speech"


def prices(query: PriceQuery) -> tuple[Priced, ...]:
    """Of the model and of who writes down what the user says."""
    access = query.access
    ours, users, _ = read_tables(FILE, query.folder and query.folder / USERS, _File)
    published = urlsplit(access.base_url).hostname == urlsplit(API).hostname
    lists = (users, ours) if published else (users,)
    if query.named:
        heard = any(one.id == query.named for one in (*ours.transcription, *users.transcription))
        return (_priced(lists, query.named, "transcript" if heard else "reply"),)
    found = [_priced(lists, access.whom or DEFAULT_MODEL, "reply")]
    transcriber = access.setup.options.get("transcription") or TRANSCRIBER
    if transcriber != NONE and not access.setup.text_only:
        found.append(_priced(lists, transcriber, "transcript"))
    return tuple(found)


def _priced(lists: Sequence[_File], name: str, part: str) -> Priced:
    """The first list that has it says what it costs; the user's comes before ours."""
    for file in lists:
        for one in (*file.models, *file.transcription):
            if one.id == name:
                return Priced(
                    model=name,
                    part=part,
                    text=one.text,
                    audio=one.audio,
                    image=one.image,
                    minute=one.per_minute if isinstance(one, Transcriber) else None,
                    date=one.date or file.date,
                    source=one.source or file.source or USERS,
                )
    return Priced(model=name, part=part)


@cache
def usual_price(name: str) -> str:
    """Of a transcriber, by our own file."""
    ours, _, _ = read_tables(FILE, None, _File)
    return next((per_minute(one) for one in ours.transcription if one.id == name), "")
