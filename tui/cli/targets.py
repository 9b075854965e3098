"""The same script held with several targets, one call after the other, without a screen.

Knows flags, the headless call and the script; not what is made of the figures. No device is opened:
the microphone is silence, or the script's voice in real time, and the speaker counts samples and
keeps none.
"""

import argparse
import asyncio
import contextlib
import io
import os
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from msgspec import structs

from tui.analysis.comparison import WAITS, CallMeasures, MeasuredCall, named_by_place
from tui.analysis.entry import Entry, EntryStream
from tui.backend.launch import Flags, prepare
from tui.backend.script import Script
from tui.cli.headless import Headless, Rules
from tui.cli.options import call_options, configure, flags_of
from tui.commands import Command, SendText
from tui.config import Config, ConfigError
from tui.events import UserTranscribed, UserTurnTaken
from tui.journal.reader import JournalReader
from tui.notices import Notice
from tui.processes.lifetime import ENDS
from tui.providers import open_codec

if TYPE_CHECKING:
    from tui.agent.speech.engines import Voice

NO_SPEAKER = Path(os.devnull)
OURS = ("say", "mic", "speaker", "record", "journal", "seconds")
"""Flags of a call that are not a target's to give."""
_HEARD = UserTranscribed | UserTurnTaken
EXTRA = 'pip install "voicescope[local]"'


@dataclass(frozen=True, slots=True)
class Target:
    name: str
    config: Config
    flags: Flags


@dataclass(frozen=True, slots=True)
class Said:
    """What is said in every call: lines, or a recording and the words in it as far as known."""

    lines: tuple[str, ...]
    recording: Path | None = None
    spoken: bool = False
    """The lines are spoken, by the local agent's voice."""


@dataclass(frozen=True, slots=True)
class Held:
    """One call that was held."""

    target: str
    warm_up: bool
    journal: Path | None
    call: MeasuredCall
    problem: str = ""


def target_of(text: str, shared: Sequence[str]) -> Target:
    """`NAME=FLAGS`, with flags that all targets share. Raises ConfigError."""
    name, sign, flags = text.partition("=")
    if not (sign and name.strip()) or name.startswith("-"):
        raise ConfigError(f'--target {text[:60]}: give NAME="FLAGS OF A CALL"')
    try:
        words = [*shared, *shlex.split(flags)]
    except ValueError as error:
        raise ConfigError(f"--target {name}: {error}") from error
    parser = argparse.ArgumentParser(prog=f"voicescope compare --target {name}", add_help=False)
    options = call_options(parser, words).parse_args(words)
    usual = call_options(argparse.ArgumentParser(add_help=False), []).parse_args([])
    if taken := [one for one in OURS if getattr(options, one) != getattr(usual, one)]:
        flag = {"seconds": "for"}.get(taken[0], taken[0])
        raise ConfigError(f"--target {name}: --{flag} is the comparison's own")
    return Target(name.strip(), configure(options), flags_of(options))


def read_script(path: Path, *, spoken: bool) -> Said:
    """Lines of text, or a WAV with its words in a text of the same name. Raises ConfigError."""
    is_sound = path.suffix.lower() in (".wav", ".wave")
    words = path.with_suffix(".txt") if is_sound else path
    try:
        lines = words.read_text("utf-8-sig").splitlines() if words.exists() or not is_sound else []
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"--script {words}: {error}") from error
    kept = tuple(line.strip() for line in lines if line.strip())
    if not kept and not is_sound:
        raise ConfigError(f"--script {path}: there is no line to say")
    if is_sound and spoken:
        raise ConfigError("--speak is for lines of text: this script is spoken already")
    return Said(kept, path if is_sound else None, spoken)


class Repeated:
    """Holds the calls; `tell` is given a line about each."""

    def __init__(self, targets: Sequence[Target], said: Said, tell: Callable[[str], None]) -> None:
        self._targets = targets
        self._said = said
        self._tell = tell
        self._voice = _voice() if said.spoken else None
        self._interrupt: Callable[[int], None] = lambda _: None
        self.interrupted = 0
        """The signal that came."""

    def hold(self, count: int, warm_up: int) -> Iterator[Held]:
        """Interleaved, beginning with another target each round; ends early where a signal comes,
        or a target's first call goes wrong. The call that a signal cuts is not given."""
        total, done = (count + warm_up) * len(self._targets), 0
        for number in ENDS:
            signal.signal(number, self._on_signal)
        for turn in range(count + warm_up):
            first = turn % len(self._targets)
            for target in (*self._targets[first:], *self._targets[:first]):
                held = None if self.interrupted else self._one(target, turn < warm_up)
                if held is None or self.interrupted:
                    return
                done += 1
                self._tell(f"{done}/{total} {target.name}: {_told(held)}")
                yield held
                if held.problem and turn == 0:
                    return

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.interrupted:
            os._exit(128 + number)
        self.interrupted = number
        self._interrupt(number)

    def _one(self, target: Target, warm_up: bool) -> Held:
        audio = target.config.audio.enabled and not target.flags.text_only
        given = replace(target.flags, mic=self._said.recording if audio else None)
        if audio:
            given = replace(given, speaker=NO_SPEAKER)
        launch = prepare(target.config, given)
        err = io.StringIO()
        with contextlib.ExitStack() as stack:
            script = self._script(target.flags.text_only)
            if audio and self._said.recording is None:
                pipe = stack.enter_context(Pipe())
                rate = self._voice.rate if self._voice else 16_000
                launch.plan = structs.replace(launch.plan, mic_fd=pipe.reader, mic_rate=rate)
                if self._voice is not None:
                    script = Aloud(self._said.lines, self._voice, pipe)
            call = Headless(launch, script, io.StringIO(), err, Rules(approve=False))
            asyncio.run(call.run(self._on_interrupt))
        provider = launch.plan.provider
        found = measured(launch.reader, provider)
        if self._said.recording or self._said.spoken:
            found = named_by_place(found, self._said.lines)
        launch.reader.close()
        problem = err.getvalue().strip().removeprefix("voicescope run: ")
        return Held(target.name, warm_up, launch.journal, found, problem)

    def _script(self, text_only: bool) -> Script:
        recording = self._said.recording
        lines = () if recording else self._said.lines
        return Script(lines, has_file=bool(recording), seconds=None, text_only=text_only)

    def _on_interrupt(self, interrupt: Callable[[int], None]) -> None:
        loop = asyncio.get_running_loop()

        def again(number: int) -> None:
            with contextlib.suppress(RuntimeError):  # that call is over
                loop.call_soon_threadsafe(interrupt, number)

        self._interrupt = again
        if self.interrupted:
            interrupt(self.interrupted)


def measured(reader: JournalReader, provider: str) -> MeasuredCall:
    """Of a journal that is finished. Raises UnknownProvider."""
    fold = CallMeasures()
    for entry in EntryStream(reader, lambda: open_codec(provider)).advance():
        fold.add(entry)
    return fold.call()


def _told(held: Held) -> str:
    figures = (one.figures for one in held.call.turns)
    waits = (next((one[name] for name in WAITS if name in one), None) for one in figures)
    told = ", ".join("–" if ms is None else f"{ms:.0f}" for ms in waits)
    note = " (warm-up)" if held.warm_up else ""
    return f"{told or 'no turn'} ms{note}{f'; {held.problem}' if held.problem else ''}"


# ── Spoken lines ────────────────────────────────────────────────────────────────────────────────


class Aloud(Script):
    """Speaks its lines into a pipe, where another types them. A line is answered by what comes
    after the agent has heard it: what came before may still be an answer to the line before."""

    def __init__(self, lines: Sequence[str], voice: "Voice", pipe: "Pipe") -> None:
        super().__init__(lines, has_file=False, seconds=None)
        self._voice = voice
        self._pipe = pipe
        self._is_heard = True

    def read(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            super().read([entry])
            self._is_heard |= any(isinstance(event, _HEARD) for event in entry.events)
            self._answered &= self._is_heard

    def next(self, notice: Notice, now_ns: int) -> list[Command]:
        commands = super().next(notice, now_ns)
        for text in (one.text for one in commands if isinstance(one, SendText)):
            self._pipe.write(self._voice.synthesise(text).astype("<i2").tobytes())
            self._is_heard = False
        return [one for one in commands if not isinstance(one, SendText)]


class Pipe:
    """A microphone's samples; nothing written is silence. Writing keeps nobody waiting."""

    def __enter__(self) -> "Pipe":
        self.reader, self._writer = os.pipe()
        return self

    def write(self, samples: bytes) -> None:
        threading.Thread(target=self._write, args=(samples,), daemon=True).start()

    def _write(self, samples: bytes) -> None:
        with contextlib.suppress(OSError):  # the call is over
            while samples:
                samples = samples[os.write(self._writer, samples) :]

    def __exit__(self, *error: object) -> None:
        os.close(self.reader)
        os.close(self._writer)


def _voice() -> "Voice":
    """Raises ConfigError where it is not installed."""
    try:
        from tui.agent.speech.hibari import load  # noqa: PLC0415  slow

        return load()
    except ImportError as error:
        raise ConfigError(f"--speak needs a voice: {EXTRA} ({error})") from error


def tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
