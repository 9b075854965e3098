"""The session: owns audio, socket and journal, obeys commands, tells the screen where it stands.

Knows all parts of a session and what they do together; no screen.

Theory of operation: one loop. A command changes what is wanted; a call is a task that runs from
`Connect` to its end; two tickers move audio (every 10 ms) and notices (every 100 ms, newest only).
Whatever happens is on record before the screen hears that the journal has grown. The end of the
command pipe means that the screen is gone: hang up in order and end.
"""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from tui.audio.chunks import Chunk
from tui.commands import (
    AnswerMcp,
    AnswerTool,
    ChooseDevice,
    Command,
    Connect,
    DecideTool,
    HangUp,
    Interrupt,
    Quit,
    SendActivity,
    SendContext,
    SendFeedback,
    SendFile,
    SendFiles,
    SendImage,
    SendRaw,
    SendText,
    SetHeld,
    SetMuted,
    SetPushToTalk,
    WatchDevices,
)
from tui.events import FileUploaded, Noted, UploadFailed
from tui.journal import folder
from tui.journal.redact import Redactor
from tui.journal.writer import JournalWriter
from tui.notices import CallState, Notice
from tui.plan import Plan
from tui.providers import provider_of
from tui.session.call import Call
from tui.session.call_loop import CallLoop
from tui.session.connect import Connector
from tui.session.http.after_call import reviewed
from tui.session.http.credentials import secrets_of
from tui.session.http.upload import read_file
from tui.session.local_agent import LocalAgent
from tui.session.pipes import NoticeSender
from tui.session.recorder import Recorder
from tui.session.snapshot import notice_of
from tui.session.sound.engine import SoundEngine
from tui.session.tools.toolbox import Toolbox
from tui.setup import Setup
from tui.upload_rules import FileRefused

AUDIO_TICK_S = 0.01
NOTICE_TICK_S = 0.1
LOSS_TICK_S = 1.0
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
        self._engine = SoundEngine(plan, self._recorder.fact)
        self._connector = Connector(plan, redact, self._recorder.fact, agent)
        self._redact = redact
        self._check_frame = provider_of(plan.provider).check
        self._setup = plan.setup
        for secret in secrets_of(plan):
            redact.add(secret)
        self._tools = Toolbox(plan.tools, plan.tools_folder, self._recorder.fact, redact)
        self._call_loop = CallLoop(plan, self._recorder, self._engine, self._connector, self._tools)
        self._call_loop.over = self._ask_after
        self._status = self._call_loop.status
        self._call_task: asyncio.Task[None] | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._uploads: set[asyncio.Task[None]] = set()
        self._reviews: set[asyncio.Task[None]] = set()
        self._quit = asyncio.Event()

    async def run(self, notices: NoticeSender) -> None:
        """Until `Quit`; then hang up in order, bounded in time."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            tickers = (
                tasks.create_task(self._engine.run()),
                tasks.create_task(self._tick_audio()),
                tasks.create_task(self._tick_losses()),
                tasks.create_task(self._tick_notices(notices)),
                tasks.create_task(self._prune()),
            )
            await self._quit.wait()
            await self._end_call()
            # An upload that is not over would hold up what is still to be written of the sound.
            for aside in (*self._uploads, *self._reviews):
                aside.cancel()
            await self._connector.close()
            for ticker in tickers:
                ticker.cancel()
        await self._engine.close()
        notices.send(self._notice(final=True))

    def end(self) -> None:
        self._quit.set()

    def hear(self, chunk: Chunk) -> None:
        """A chunk of the microphone's, in the wire format; between calls nobody hears it."""
        if self._call_loop.call is not None:
            self._call_loop.call.hear(chunk)

    def handle(self, command: Command) -> None:
        """Obey; never blocks."""
        match command:
            case Quit():
                self.end()
            case Connect(setup=setup):
                self._connect(setup)
            case HangUp():
                self._spawn(self._end_call())
            case SetMuted() | SetPushToTalk():
                self._switch(command)
            case SetHeld() | WatchDevices() | ChooseDevice():
                self._engine.handle(command)
            case DecideTool():
                self._tools.decide(command)
            case _:
                if self._call_loop.call is not None:
                    self._pass_on(command, self._call_loop.call)

    def _switch(self, command: SetMuted | SetPushToTalk) -> None:
        before = self._engine.microphone.muted
        self._engine.handle(command)
        muted = self._engine.microphone.muted
        if self._call_loop.call is not None and muted is not before:
            self._call_loop.call.turn(begins=not muted)

    def _pass_on(self, command: Command, call: Call) -> None:
        """What only means something in a call."""
        match command:
            case Interrupt():
                call.interrupt()
            case SendRaw(text=text):
                call.send_raw(text, self._check_frame(text))
            case SendFile(path=path, text=text):
                if call.live:
                    upload = self._spawn(self._send_file(call, path, text))
                    self._uploads.add(upload)
                    upload.add_done_callback(self._uploads.discard)
            case (
                SendText()
                | SendContext()
                | SendActivity()
                | SendFeedback()
                | AnswerTool()
                | AnswerMcp()
            ):
                call.send(command)

    # ── Calls ────────────────────────────────────────────────────────────────────────────────────

    def _connect(self, setup: Setup | None) -> None:
        self._setup = setup or self._setup
        if self._call_task is None or self._call_task.done():
            self._status.state, self._status.detail = CallState.CONNECTING, ""
            self._call_task = self._spawn(self._hold_call())
        else:
            self._call_loop.hurry()

    async def _hold_call(self) -> None:
        self._engine.want(not self._setup.text_only)
        for secret in self._setup.secrets:
            self._redact.add(secret)
        try:
            await self._call_loop.hold(self._setup)
        finally:
            self._engine.end()
            if not self._quit.is_set():
                self._engine.want(False)

    async def _send_file(self, call: Call, path: str, text: str) -> None:
        """By its id, where it can be uploaded; else in the frame itself."""
        if self._connector.uploads:
            await self._upload(call, path, text)
            return
        try:
            data, mime = await read_file(path)
        except FileRefused as error:
            self._recorder.fact(UploadFailed(name=Path(path).name, reason=str(error)))
        else:
            call.send(SendImage(data=data, mime=mime, text=text))

    async def _upload(self, call: Call, path: str, text: str) -> None:
        name = Path(path).name
        try:
            file_id, size = await self._connector.upload(path, call.conversation_id)
        except FileRefused as error:
            self._recorder.fact(UploadFailed(name=name, reason=str(error)))
            return
        except asyncio.CancelledError:
            self._recorder.fact(UploadFailed(name=name, reason="you quit before it was sent"))
            raise
        self._recorder.fact(FileUploaded(name=name, file_id=file_id, size=size))
        call.send(SendFiles(file_ids=(file_id,), text=text))

    def _ask_after(self, conversation_id: str) -> None:
        if self._connector.reviews and not self._quit.is_set():
            review = self._spawn(self._review(conversation_id))
            self._reviews.add(review)
            review.add_done_callback(self._reviews.discard)

    async def _review(self, conversation_id: str) -> None:
        self._recorder.fact(await reviewed(lambda: self._connector.review(conversation_id)))

    async def _end_call(self, limit: str = "") -> None:
        """Hang up if there is a call; give up on an order it does not keep. `limit`: which of the
        user's is reached."""
        task = self._call_task
        if task is None or task.done():
            return
        self._status.state = CallState.CLOSING
        call = self._call_loop.call
        if call is None or not call.live:
            task.cancel()
        else:
            await call.hang_up(limit)
        done, _ = await asyncio.wait({task}, timeout=HANG_UP_S)
        if not done:
            task.cancel()
            await asyncio.wait({task}, timeout=HANG_UP_S)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        assert self._tasks is not None  # noqa: S101  commands come only while it runs
        return self._tasks.create_task(work)

    # ── Tickers ──────────────────────────────────────────────────────────────────────────────────

    async def _tick_audio(self) -> None:
        while True:
            for chunk in self._engine.hear():
                self.hear(chunk)
            self._engine.follow_playback()
            await asyncio.sleep(AUDIO_TICK_S)

    async def _tick_losses(self) -> None:
        """Speech that could not be sent, told once a second."""
        while True:
            await asyncio.sleep(LOSS_TICK_S)
            self._keep_limits()
            await self._call_loop.renew()
            self._engine.unsent(self._call_loop.call.unsent_ms() if self._call_loop.call else 0.0)

    def _keep_limits(self) -> None:
        """The screen may stand still, or be none."""
        limits, task = self._call_loop.limits, self._call_task
        ended = task is None or task.done() or self._status.state is CallState.CLOSING
        if limits is not None and not ended and limits.check():
            self._status.state = CallState.CLOSING
            self._spawn(self._end_call(limits.reached))

    async def _tick_notices(self, notices: NoticeSender) -> None:
        while True:
            notices.send(self._notice())
            await asyncio.sleep(NOTICE_TICK_S)

    async def _prune(self) -> None:
        """Old journals go once the call is under way, and it is said which."""
        kept = self._plan.journals
        if not kept.keep:
            return
        gone: list[str] = []
        try:
            for path in await asyncio.to_thread(
                folder.too_many, Path(kept.folder), kept.max_mb * 1_000_000, kept.max_age_days
            ):
                gone.append(path.name)
                await asyncio.to_thread(folder.remove, path)
        finally:
            if gone:
                names = ", ".join(gone[:3]) + (" …" if len(gone) > 3 else "")
                self._recorder.fact(Noted(text=f"old journals removed: {len(gone)} ({names})"))

    def _notice(self, final: bool = False) -> Notice:
        call, status = self._call_loop.call, self._status
        if call is not None and call.live and status.state is CallState.CONNECTING:
            status.state, status.detail = CallState.LIVE, ""
            status.retry_attempt = 0
        return notice_of(
            call,
            status,
            self._engine,
            self._recorder,
            self._tools,
            limits=self._call_loop.limits,
            target=self._connector.target(self._setup),
            stalled_after_ms=STALLED_MS,
            asking_after=bool(self._reviews),
            final=final,
        )
