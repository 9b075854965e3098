"""`voicescope run`: the same session without a screen, as JSON lines.

Knows the session process, the journal and the transcript; no Textual.
"""

import argparse
import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import TextIO

from tui.analysis.entry import Entry, EntryStream
from tui.analysis.transcript.fold import TranscriptFold
from tui.analysis.transcript.line import Line
from tui.analysis.transcript.plain_text import line_fields
from tui.analysis.turns.summary import CallSummary
from tui.backend.launch import Launch, prepare
from tui.backend.recorded import without_empty
from tui.backend.script import TICK_S, Script
from tui.catalogue import SIDE_NAMES
from tui.cli.options import call_options, configure, examples, flags_of, script_of
from tui.commands import Connect, DecideTool, HangUp
from tui.config import ConfigError
from tui.events import AudioFailed, AudioOpened, JournalOpened
from tui.notices import CallState, Notice
from tui.processes.lifetime import ENDS, Watchdog
from tui.processes.printing import json_text
from tui.providers import open_codec
from tui.sanitize import sanitize

_SETTLED_NS = 1_500_000_000


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="voicescope run",
        description="Hold a call without a screen: one JSON line for each transcript line, one "
        "with a summary at the end. Exit code 0 when the conversation ended in order, 1 when it "
        "did not or something of --fail-on came, 2 when it could not be begun as asked.",
        epilog=examples(
            "voicescope run --local --say 'what time is it' --no-audio",
            "voicescope run --mic question.wav --speaker answer.wav --fail-on tool-error",
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--approve",
        choices=("auto", "never"),
        default="never",
        help="what becomes of tools that would ask you (default never: refused at once)",
    )
    parser.add_argument(
        "--fail-on",
        default="",
        metavar="WHAT",
        help=f"exit code 1 where that came: {', '.join(FAILS)} (several with commas)",
    )
    options = call_options(parser, arguments).parse_args(arguments)
    fail_on = tuple(filter(None, options.fail_on.split(",")))
    if unknown := [what for what in fail_on if what not in FAILS]:
        raise ConfigError(f"--fail-on: there is no {unknown[0]!r}; known: {', '.join(FAILS)}")
    config = configure(options)
    rules = Rules(approve=options.approve == "auto", fail_on=fail_on)
    return run_headless(prepare(config, flags_of(options)), script_of(options), rules)


FAILS = {
    "tool-error": "tool_errors",
    "protocol-error": "protocol_errors",
    "provider-error": "provider_errors",
}
"""What --fail-on looks at, by the summary's own names."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds where nobody looks on."""

    approve: bool = False
    """Tools that would ask may run; else they are refused at once."""
    fail_on: tuple[str, ...] = ()


OnInterrupt = Callable[[Callable[[int], None]], None]


class Headless:
    """Holds one call and prints it. `run` gives the exit code."""

    def __init__(
        self, launch: Launch, script: Script, out: TextIO, err: TextIO, rules: Rules
    ) -> None:
        self._launch = launch
        self._rules = rules
        self._decided: set[str] = set()
        self._script = script
        self._out = out
        self._err = err
        provider = launch.plan.provider
        self._stream = EntryStream(launch.reader, lambda: open_codec(provider))
        self._transcript = TranscriptFold()
        self._summary = CallSummary()
        self._printed = 0
        self._changed_ns = 0
        self._began_ns = 0
        self._interrupted = 0
        """The signal that came."""
        self._notice = Notice()
        self._no_sound: dict[str, AudioFailed] = {}
        """Sides that are without a device or a file at the moment."""

    async def run(self, on_interrupt: OnInterrupt) -> int:
        """`on_interrupt` is given what a signal is to do."""
        session = self._launch.start()
        session.send(Connect())

        def interrupt(number: int) -> None:
            self._interrupted = self._interrupted or number
            session.send(HangUp())

        on_interrupt(interrupt)
        hung_up = False
        async for notice in session.notices(TICK_S):
            self._notice = notice
            self._read()
            self._print_lines(all_of_them=False)
            if self._no_file("input") and not hung_up:
                hung_up = True  # nothing will be spoken any more
                session.send(HangUp())
            for command in (*self._decide(), *self._script.next(notice, time.monotonic_ns())):
                session.send(command)
            if self._over(notice) or self._script.overdue(time.monotonic_ns()):
                break
        await session.close()
        self._read()
        self._print_lines(all_of_them=True)
        return self._finish(session.exit_code)

    def _decide(self) -> list[DecideTool]:
        """A word for each tool that waits for one: nobody else will give it."""
        waiting = [one.call_id for one in self._notice.pending_tools]
        new = [call_id for call_id in waiting if call_id not in self._decided]
        self._decided.update(new)
        return [DecideTool(call_id=call_id, approved=self._rules.approve) for call_id in new]

    def _over(self, notice: Notice) -> bool:
        """A state at rest says why, once there has been a call."""
        at_rest = notice.state in (CallState.IDLE, CallState.FAILED) and bool(notice.detail)
        return at_rest and not notice.asking_after

    def _read(self) -> None:
        self._launch.reader.refresh()
        entries: list[Entry] = []
        for entry in self._stream.advance():
            entries.append(entry)
            for event in entry.events:
                match event:
                    case JournalOpened():
                        self._began_ns = entry.time_ns
                    case AudioFailed(side=side):
                        self._no_sound[side] = event
                    case AudioOpened(side=side):
                        self._no_sound.pop(side, None)
            version = self._transcript.version
            self._transcript.add(entry)
            if self._transcript.version != version:
                self._changed_ns = entry.time_ns
            self._summary.add(entry)
        self._script.read(entries)

    def _print_lines(self, *, all_of_them: bool) -> None:
        """Lines in order, each once and when nothing can change it any more."""
        lines = self._transcript.lines
        while self._printed < len(lines):
            line = lines[self._printed]
            if not all_of_them and not self._settled(line):
                return
            self._print(line)
            self._printed += 1

    def _settled(self, line: Line) -> bool:
        if not line.final or self._notice.agent_speaking:
            return False
        return time.monotonic_ns() - self._changed_ns > _SETTLED_NS

    def _print(self, line: Line) -> None:
        told = line_fields(line, self._began_ns)
        self._write(self._out, json_text(told, self._out.encoding))

    def _finish(self, exit_code: int | None) -> int:
        problem = self._problem(exit_code)
        failed = bool(problem) or any(map(self._no_file, self._no_sound))
        # What failed may be looked into.
        journal = self._launch.journal if failed else without_empty(self._launch.journal)
        summary = {
            "summary": self._summary.summary(),
            "journal": str(journal) if journal else None,
        }
        self._write(self._out, json_text(summary, self._out.encoding))
        for side, lacks in self._no_sound.items():
            what = sanitize(f"no {SIDE_NAMES[side]}: {lacks.reason}; {lacks.advice}")
            self._write(self._err, f"voicescope run: {what}")
        if problem:
            self._write(self._err, f"voicescope run: {problem}")
        if failed:
            return 1
        return 128 + self._interrupted if self._interrupted else 0

    def _problem(self, exit_code: int | None) -> str:
        """Why this conversation did not end in order; "" when it did."""
        if exit_code not in (0, None):
            where = f"; see {self._launch.log}" if self._launch.log else ""
            return f"the session process ended with code {exit_code}{where}"
        if self._notice.state is CallState.FAILED:
            return self._notice.detail
        if self._script.unanswered:
            return f"the agent did not answer {self._script.unanswered[0]!r}"
        if not self._summary.ended_in_order:
            unkept = self._notice.journal_error  # what is not on record has no end there, either
            return unkept or self._notice.detail or "the conversation did not end in order"
        summary = self._summary.summary()
        came = [what for what in self._rules.fail_on if getattr(summary, FAILS[what])]
        return f"--fail-on {', '.join(came)}: it came, the lines above say where" if came else ""

    def _no_file(self, side: str) -> bool:
        """A file was to serve as this side's device, and does not."""
        plan = self._launch.plan
        asked = {"input": plan.mic_file or plan.mic_fd >= 0, "output": plan.speaker_file}
        return side in self._no_sound and bool(asked[side])

    def _write(self, file: TextIO, line: str) -> None:
        with contextlib.suppress(BrokenPipeError):
            print(line, file=file, flush=True)


def _on_interrupt(interrupt: Callable[[int], None]) -> None:
    loop = asyncio.get_running_loop()
    watchdog = Watchdog()

    def on_signal(number: int, frame: FrameType | None) -> None:
        watchdog.bark(128 + number)
        loop.call_soon_threadsafe(interrupt, number)

    for number in ENDS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as with nohup
            signal.signal(number, on_signal)


def run_headless(launch: Launch, script: Script, rules: Rules) -> int:
    call = Headless(launch, script, sys.stdout, sys.stderr, rules)
    return asyncio.run(call.run(_on_interrupt))
