"""What a field of the set-up can be chosen from: agents, voices, tables, its own values …"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from tui.backend.base import Directory, Sounds
from tui.catalogue import Row, Table
from tui.dashboard.setup.picker import Choice, Picker, Search
from tui.data.languages import LANGUAGES
from tui.errors import BackendError
from tui.setup import SetupField


class Choices:
    def __init__(
        self,
        directory: Directory,
        tables: Mapping[str, Table],
        with_keys: Callable[[str], str],
        sounds: Sounds | None = None,
    ) -> None:
        self._sounds = sounds
        self._previews: dict[object, str] = {}
        self._with_keys = with_keys
        self._directory = directory
        self._tables = tables

    def picker(self, field: SetupField) -> Picker:
        search, note = self._search(field)
        none = field.none if field.none.startswith("the ") else f"the {field.none}"
        own = Choice(None, none, "nothing is overridden" if field.permission else "")
        free = isinstance(field.choices, str)
        heading = field.label[:1].upper() + field.label[1:]
        listen = self._listen if field.choices == "voices" and self._sounds else None
        return Picker(heading, search, first=(own,), free=free, note=note, listen=listen)

    async def _listen(self, choice: Choice) -> None:
        """Plays the voice's preview; where one plays, that is stopped. Raises BackendError."""
        if self._sounds is None:
            return
        if self._sounds.playing:
            self._sounds.stop()
            return
        url = self._previews.get(choice.value, "")
        if not url:
            raise BackendError("this voice has no preview")
        await self._sounds.play_file(await self._directory.preview(url))

    def _search(self, field: SetupField) -> tuple[Search, str]:
        """Where its values are looked for, and what there is to say of them."""
        match field.choices:
            case str(source) if table := self._tables.get(source):
                return search_in(map(_row, table.rows)), table.note
            case "agents":
                return self._agents, ""
            case "voices":
                return self._voices, ""
            case "languages":
                return search_in(Choice(c, f"{c:<6} {name}") for c, name in LANGUAGES.items()), ""
            case str(source):
                raise ValueError(f"{field.name}: there is no source {source!r} of choices")
            case () if field.kind == "yes_no":
                return search_in([Choice(True, "yes", field.hint), Choice(False, "no")]), ""
            case values:
                return search_in(Choice(value, value) for value in values), ""

    def profiles(self) -> Picker:
        profiles = self._directory.profiles.items()
        saves = self._with_keys("{setup.save|F9} saves what is in the form as one")
        note = "" if profiles else saves
        return Picker("Profile", search_in([Choice(s, name) for name, s in profiles]), note=note)

    async def _agents(self, text: str) -> Sequence[Choice]:
        found = await self._directory.agents(text)
        here = await self._directory.last_calls()
        return [
            Choice(
                a.id,
                a.name or a.id,
                _side(a.id, *a.tags, _called(max(a.last_call_unix_s, here.get(a.id, 0)))),
            )
            for a in found
        ]

    async def _voices(self, text: str) -> Sequence[Choice]:
        found = await self._directory.voices(text)
        self._previews |= {v.id: v.preview_url for v in found}
        return [Choice(v.id, v.name or v.id, _side(*v.labels, v.description)) for v in found]


def search_in(choices: Iterable[Choice]) -> Search:
    """Looks for all words of the text in what is shown."""
    kept = list(choices)

    async def search(text: str) -> Sequence[Choice]:
        words = text.lower().split()
        return [c for c in kept if all(word in f"{c.text} {c.side}".lower() for word in words)]

    return search


def _row(row: Row) -> Choice:
    side = f"ends {row.ends:%Y-%m-%d}  {row.side}" if row.ends else row.side
    return Choice(row.value, f"{row.value:<24}", side)


def _side(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _called(unix_s: int) -> str:
    if not unix_s:
        return ""
    try:
        moment = datetime.fromtimestamp(unix_s, UTC).astimezone()
    except (ValueError, OverflowError, OSError):
        return ""  # a server's idea of time
    return f"last call {moment:%Y-%m-%d}"
