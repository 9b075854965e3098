"""The session: owns audio, socket and journal, obeys commands, tells the screen where it stands.

Knows all parts of a session and what they do together; no screen.

Theory of operation: one loop. A command changes what is wanted; a call is a task that runs from
`Connect` to its end; two tickers move audio (every 10 ms) and notices (every 100 ms, newest only).
Whatever happens is on record before the screen hears that the journal has grown. The end of the
command pipe means that the screen is gone: hang up in order and end.
"""

import asyncio
import os
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from tui import __version__
from tui.commands import (
    AnswerTool,
    Command,
    Connect,
    HangUp,
    Interrupt,
    Quit,
    SendActivity,
    SendContext,
    SendText,
    SetMuted,
)
from tui.events import Closer, LinkClosed, LinkFailed, LinkOpening
from tui.journal import folder
from tui.journal.redact import Redactor
from tui.journal.writer import JournalWriter
from tui.notices import CallState, Notice
from tui.providers import open_codec
from tui.session.address import Address
from tui.session.call import Call
from tui.session.channel import NoticeSender
from tui.session.errors import LinkError
from tui.session.local_agent import LocalAgent
from tui.session.plan import Plan
from tui.session.recorder import Recorder
from tui.session.voice import Voice

AUDIO_TICK_S = 0.01
NOTICE_TICK_S = 0.1
STALLED_MS = 2500
HANG_UP_S = 1.2


class Session:
    """One run of the session process: any number of calls, one journal."""

    def __init__(
        self,
        plan: Plan,
        writer: JournalWriter,
        redact: Redactor,
        agent: LocalAgent | None = None,
    ) -> None:
        self._plan = plan
        self._recorder = Recorder(writer)
        self._voice = Voice(plan, self._recorder.fact)
        self._address = Address(plan, redact, self._recorder.fact, agent)
        self._call: Call | None = None
        self._call_task: asyncio.Task[None] | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._quit = asyncio.Event()
        self._state = CallState.IDLE
        self._detail = ""

    async def run(self, notices: NoticeSender) -> None:
        """Until `Quit`; then hang up in order, bounded in time."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            tickers = (
                tasks.create_task(self._tick_audio()),
                tasks.create_task(self._tick_notices(notices)),
                tasks.create_task(self._prune()),
            )
            await self._quit.wait()
            await self._end_call()
            await self._address.close()
            for ticker in tickers:
                ticker.cancel()
        self._voice.close()
        notices.send(self._notice(final=True))

    def end(self) -> None:
        self._quit.set()

    def handle(self, command: Command) -> None:
        """Obey; never blocks."""
        match command:
            case Quit():
                self.end()
            case Connect():
                self._connect()
            case HangUp():
                self._spawn(self._end_call())
            case SetMuted(muted=muted):
                self._voice.ears.mute(muted)
            case Interrupt():
                if self._call is not None:
                    self._call.interrupt()
            case SendText() | SendContext() | SendActivity() | AnswerTool():
                if self._call is not None:
                    self._call.send(command)

    # ── Calls ───────────────────────────────────────────────────────────────────────────────────

    def _connect(self) -> None:
        if self._call_task is None or self._call_task.done():
            self._state, self._detail = CallState.CONNECTING, ""
            self._call_task = self._spawn(self._hold_call())

    async def _hold_call(self) -> None:
        started_ns = time.monotonic_ns()
        opening = LinkOpening(target=self._address.target, provider=self._plan.provider)
        self._recorder.fact(opening)
        call = Call(open_codec(self._plan.provider), self._recorder, self._voice)
        try:
            self._spawn(self._voice.open())
            url = await self._address.url()
            self._call = call
            self._ended(await call.hold(url, started_ns))
        except LinkError as error:
            self._recorder.fact(LinkFailed(reason=error.reason, advice=error.advice))
            self._state = CallState.FAILED
            self._detail = f"{error.reason}; {error.advice}"
        except asyncio.CancelledError:
            elapsed_ms = (time.monotonic_ns() - started_ns) / 1e6
            self._ended(
                LinkClosed(by=Closer.USER, code=1006, reason="", elapsed_ms=round(elapsed_ms, 1))
            )
            raise
        finally:
            self._call = None
            if not self._quit.is_set():
                self._spawn(self._voice.rest())

    def _ended(self, closed: LinkClosed) -> None:
        self._recorder.fact(closed)
        said = f" ({closed.reason})" if closed.reason else ""
        match closed.by:
            case Closer.USER:
                self._state, self._detail = CallState.IDLE, "you hung up"
            case Closer.AGENT:
                self._state, self._detail = CallState.IDLE, f"the agent ended the call{said}"
            case Closer.ERROR:
                self._state = CallState.FAILED
                self._detail = f"the connection ended with code {closed.code}{said}; F3 calls again"

    async def _end_call(self) -> None:
        """Hang up if there is a call; give up on an order it does not keep."""
        task = self._call_task
        if task is None or task.done():
            return
        self._state = CallState.CLOSING
        if self._call is None or not self._call.live:
            task.cancel()
        else:
            await self._call.hang_up()
        done, _ = await asyncio.wait({task}, timeout=HANG_UP_S)
        if not done:
            task.cancel()
            await asyncio.wait({task}, timeout=HANG_UP_S)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        assert self._tasks is not None  # noqa: S101  commands come only while it runs
        return self._tasks.create_task(work)

    # ── Tickers ─────────────────────────────────────────────────────────────────────────────────

    async def _tick_audio(self) -> None:
        while True:
            for chunk in self._voice.hear():
                if self._call is not None:
                    self._call.hear(chunk)
            self._voice.follow_playback()
            await asyncio.sleep(AUDIO_TICK_S)

    async def _tick_notices(self, notices: NoticeSender) -> None:
        while True:
            notices.send(self._notice())
            await asyncio.sleep(NOTICE_TICK_S)

    async def _prune(self) -> None:
        """Old journals go once the call is under way."""
        plan = self._plan
        if plan.prune_folder:
            await asyncio.to_thread(
                folder.prune, Path(plan.prune_folder), plan.max_bytes, plan.max_age_days
            )

    def _notice(self, final: bool = False) -> Notice:
        call, ears, mouth = self._call, self._voice.ears, self._voice.mouth
        if call is not None and call.live and self._state is CallState.CONNECTING:
            self._state = CallState.LIVE
        stalled_ms = call.stalled_ms(time.monotonic_ns()) if call else 0
        return Notice(
            state=self._state,
            detail=self._detail,
            records=self._recorder.count,
            target=self._address.target,
            live_ns=call.vitals.live_ns if call else 0,
            muted=ears.muted,
            mic_available=ears.port is not None,
            speaker_available=mouth.port is not None,
            audio_advice=self._voice.advice,
            mic_dbfs=round(ears.level, 1),
            speaker_dbfs=round(mouth.level, 1),
            speaking=ears.speaking,
            agent_speaking=mouth.playing,
            vad_score=call.vitals.vad_score if call else None,
            round_trip_ms=call.vitals.round_trip_ms if call else None,
            stalled_ms=stalled_ms if stalled_ms > STALLED_MS else 0,
            mic_file_finished=ears.file_finished,
            journal_error=self._recorder.error,
            final=final,
        )


def open_writer(plan: Plan, redact: Redactor) -> JournalWriter:
    """The journal that the plan names, locked against pruning. Raises OSError."""
    flags = os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0)
    fd = os.open(plan.journal, flags)
    folder.lock(fd)
    audio_fd = os.open(plan.journal_audio, flags) if plan.journal_audio else None
    if plan.unlink_journal:
        folder.remove(Path(plan.journal))
    records = plan.journal_records
    size = os.fstat(fd).st_size
    if size and _last_byte(fd, size) != b"\n":  # the writer before was killed in mid-line
        os.write(fd, b"\n")
        records += 1
    return JournalWriter(
        fd,
        audio_fd,
        provider=plan.provider,
        version=__version__,
        redact=redact,
        resume=records,
    )


def _last_byte(fd: int, size: int) -> bytes:
    os.lseek(fd, size - 1, os.SEEK_SET)
    return os.read(fd, 1)
