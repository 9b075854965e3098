"""Acts out a scenario in place of a conversation: one step after another, then the end.

Knows steps; the frames are a protocol's, which fills in how they are read, written and told apart.
The client's frames are read all the time, so that a step can find what came before it; what waits
is bounded.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from typing import Any, ClassVar, Generic, TypeVar

from tui.agent.link import Link, Over
from tui.agent.scenarios.faults import inflict
from tui.agent.scenarios.scenario import (
    Close,
    Delay,
    Fault,
    Scenario,
    Send,
    SendText,
    Step,
    Utter,
    WaitFor,
)

WAITING = 2_000
"""Frames of the client that are kept for steps to come."""
NORMAL, TIMED_OUT = 1000, 1002
THE_END = "The scenario has ended."

Frame = TypeVar("Frame")


class ScenarioRunner(ABC, Generic[Frame]):
    chatter: ClassVar[dict[str, Any]]
    """A frame of no consequence, which floods."""

    def __init__(self, link: Link, scenario: Scenario, transport: asyncio.Transport) -> None:
        self._text_link = link
        self._scenario = scenario
        self._transport = transport
        self._came: deque[Frame] = deque(maxlen=WAITING)
        self._passed: deque[Frame] = deque(maxlen=WAITING)
        """What a step read over: the waits right behind it may be met by it, as clients do things
        in parallel."""
        self._grown = asyncio.Event()
        self._tasks = asyncio.TaskGroup()

    async def run(self) -> None:
        """Raises Over, in a group, after the last step or at the end of the connection."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            tasks.create_task(self._read())
            await self._open()
            for n, step in enumerate(self._scenario.steps, 1):
                await self._take(n, step)
            await self._text_link.close(NORMAL, THE_END)
            raise Over

    # ── The protocol's part ──────────────────────────────────────────────────────────────────────

    @abstractmethod
    async def _receive(self) -> Frame:
        """The client's next frame. Raises Over."""

    @abstractmethod
    def _read_out(self, frame: Frame) -> tuple[str, str]:
        """The frame's type, as `CLIENT_FRAMES` has it, and its text; "" for audio."""

    @abstractmethod
    async def _open(self) -> None:
        """What comes before the first step."""

    @abstractmethod
    async def _send(self, frame: dict[str, Any]) -> None: ...

    @abstractmethod
    async def _utter(self, step: Utter) -> None: ...

    # ── Steps ────────────────────────────────────────────────────────────────────────────────────

    async def _take(self, number: int, step: Step) -> None:
        if not isinstance(step, WaitFor):
            self._passed.clear()
        match step:
            case WaitFor():
                await self._wait(number, step)
            case Utter():
                await self._utter(step)
            case Send(send=frame, pad_bytes=size):
                await self._send(frame | ({"padding": "x" * size} if size else {}))
            case SendText(send_text=text):
                await self._text_link.send_text(text)
            case Delay(delay_ms=ms):
                await asyncio.sleep(ms / 1000)
            case Fault():
                await inflict(step, self._transport, self._send, self.chatter)
            case Close(close=code, reason=reason):
                await self._text_link.close(code, reason)
                raise Over

    async def _wait(self, number: int, step: WaitFor) -> None:
        for n, passed in enumerate(self._passed):
            if self._fits(step, passed):
                del self._passed[n]
                return
        try:
            async with asyncio.timeout(step.within_ms / 1000):
                while not self._fits(step, frame := await self._next()):
                    self._passed.append(frame)
        except TimeoutError:
            reason = f"Step {number}: no {step.wait_for} came within {step.within_ms} ms."
            await self._text_link.close(TIMED_OUT, reason)
            raise Over from None

    def _fits(self, step: WaitFor, frame: Frame) -> bool:
        kind, text = self._read_out(frame)
        return kind == step.wait_for and (not text or step.contains.lower() in text.lower())

    async def _read(self) -> None:
        while True:
            self._came.append(await self._receive())
            self._grown.set()

    async def _next(self) -> Frame:
        while not self._came:
            self._grown.clear()
            await self._grown.wait()
        return self._came.popleft()
