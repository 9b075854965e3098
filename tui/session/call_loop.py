"""Holds a call: one conversation or, over a bad network, several.

Knows the order of things in a call and what is on record of it; no device, no wire.

Theory of operation: `hold` is a task's whole life. Each round makes one conversation; how it ended
decides by `Retry` whether there is another. Cancelling the task is how a user hangs up before
there is an agent to say goodbye to, in any state, at once.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from msgspec.structs import replace

from tui.catalogue import AgentCard
from tui.errors import LinkError
from tui.events import (
    Closer,
    DurationLimited,
    Failure,
    LinkClosed,
    LinkFailed,
    LinkOpening,
    LinkRetrying,
    Noted,
    PreflightFound,
    SetupChosen,
)
from tui.events.course import NO_FURTHER_TRY
from tui.events.sent import LOST, RENEWED
from tui.notices import CallState
from tui.plan import ClientTool, Plan
from tui.provider import DeclaredTool, Dial, in_words
from tui.providers import open_codec, provider_of
from tui.session.call import Call
from tui.session.close_reasons import sentence
from tui.session.connect import Connector
from tui.session.limits import Limits
from tui.session.preflight import ending, undeclared
from tui.session.recorder import Recorder
from tui.session.retry import Retry
from tui.session.sound.engine import SoundEngine
from tui.session.tools.toolbox import Toolbox
from tui.session.vitals import CallStatus
from tui.setup import Setup, chosen, foreign, unfit

NO_CLOSE = 1006
"""An end without a close frame (RFC 6455 7.4.1)."""


@dataclass(slots=True)
class CallLoop:
    plan: Plan
    recorder: Recorder
    engine: SoundEngine
    connector: Connector
    tools: Toolbox
    status: CallStatus = field(default_factory=CallStatus)
    call: Call | None = None
    over: Callable[[str], None] = lambda _: None
    """Takes the id of a conversation that is over."""
    _hurry: asyncio.Event = field(default_factory=asyncio.Event)
    _checked: bool = False
    """The agent has been asked in this call what it would refuse."""
    _code: int = NO_CLOSE
    limits: Limits | None = None
    """Of the present call."""
    _reckoning: asyncio.Task[None] | None = None
    """The account is asked what the call costs."""
    _renewed: bool = False
    """The conversation before was ended here, to be continued."""

    async def hold(self, setup: Setup) -> None:
        """Converse until it is over for good; `status` then says how it ended."""
        self.recorder.handover.forget()
        self._checked = False
        self._renewed = False
        self.limits = limits = Limits(
            self.plan.session,
            self.recorder.fact,
            lambda named: self.connector.prices(setup, named=named),
        )
        self.recorder.watch = limits.observe
        retry = Retry()
        opening_ns = 0
        try:
            while True:
                opening_ns, self._code = time.monotonic_ns(), NO_CLOSE
                pause_ms = await self._converse(setup, retry, opening_ns)
                opening_ns = 0
                if pause_ms is None:
                    return
                await self._pause(pause_ms)
        except asyncio.CancelledError:
            self._cancelled(opening_ns)
            raise
        finally:
            self.call = None
            if self._reckoning is not None:
                self._reckoning.cancel()
            self.status.retry_at_ns = self.status.retry_attempt = 0

    def hurry(self) -> None:
        """Do not wait for the next try."""
        self._hurry.set()

    async def renew(self) -> None:
        """A conversation that is about to end goes on in a new one, between two turns."""
        call = self.call
        if call and self.plan.session.reconnect and call.may_renew(time.monotonic_ns()):
            await call.renew()

    async def _converse(self, setup: Setup, retry: Retry, began_ns: int) -> int | None:
        """One conversation; milliseconds until the next, or None."""
        names = chosen(setup)
        opening = LinkOpening(target=self.connector.target(setup), provider=self.plan.provider)
        self.recorder.fact(opening)
        if names:
            self.recorder.fact(SetupChosen(names=names))
        try:
            closed, lived_ms = await self._connected(
                setup, began_ns, again=retry.attempt > 0 or self._renewed
            )
        except LinkError as error:
            told = LinkFailed(reason=error.reason, advice=error.advice, failure=error.failure)
            self.recorder.fact(told)
            pause_ms = self._allowed(retry.failed(error))
            self._rest(CallState.FAILED, f"{error.reason}; {error.advice}", error.failure)
            reason = lost = error.reason
        else:
            self.recorder.fact(closed)
            self._renewed = closed.renewed
            if closed.renewed:
                retry.renewed()
                self._rest(CallState.CONNECTING, "the session is renewed before its end")
                return 0
            said = f"{closed.reason} {self.call.last_error if self.call else ''}".strip()
            meaning = provider_of(self.plan.provider).closes(closed.code, said)
            pause_ms = None if meaning.final else self._allowed(retry.closed(closed, lived_ms))
            failed = closed.by is Closer.ERROR
            said = sentence(closed, meaning.advice, names)
            self._rest(CallState.FAILED if failed else CallState.IDLE, said)
            reason = f"code {closed.code} {closed.reason}".strip()
            lost = f"the connection was lost ({reason})"
        finally:
            self.call = None
        if pause_ms is not None:
            self._announce(retry.attempt, pause_ms, reason, lost)
        return pause_ms

    async def _connected(
        self, setup: Setup, began_ns: int, *, again: bool
    ) -> tuple[LinkClosed, float]:
        tells = provider_of(self.plan.provider).capabilities.context
        before, asked = "", setup
        if again and tells and self.plan.session.hand_over:
            before = self.recorder.handover.handover(RENEWED if self._renewed else LOST)
        if before and setup.first_message:  # in the middle of a conversation nobody is greeted
            asked = replace(setup, first_message="")
        codec = open_codec(self.plan.provider, asked, declared(self.plan.tools))
        call = Call(codec, self.recorder, self.engine, self.tools, before=before)
        dial = await self._where(setup)
        self.call = call
        try:
            closed = await call.hold(dial, began_ns)
        finally:
            self._code = call.code
            if call.conversation_id:
                self.over(call.conversation_id)
        return closed, call.lived_ms

    async def _where(self, setup: Setup) -> Dial:
        """How to connect. Raises LinkError, whatever goes wrong."""
        try:
            return await (
                self.connector.dial(setup) if self._checked else self._checked_dial(setup)
            )
        except LinkError:
            raise
        except Exception as error:  # of a library, over what an environment holds
            reason = f"the agent's address cannot be had ({in_words(error)})"
            raise LinkError(reason, "check base_url and any proxy") from error

    async def _checked_dial(self, setup: Setup) -> Dial:
        """How to connect, while the agent is asked what it will not take."""
        fields = provider_of(self.plan.provider).fields
        self._refuse(unfit(fields, setup), "change the set-up")
        if left_out := [name for name in foreign(fields, setup) if name not in setup.options]:
            said = f"{self.plan.provider} cannot be asked for {', '.join(left_out)}: left out"
            self.recorder.fact(Noted(text=said))
        self._note(setup)
        if self.plan.local:  # it has to be there before it can be asked
            dial = await self.connector.dial(setup)
            self._check(await self.connector.card(setup), setup)
            return dial
        asking = asyncio.create_task(self.connector.card(setup))
        try:
            dial = await self.connector.dial(setup)
            self._check(await asking, setup)
        finally:
            asking.cancel()
        return dial

    def _check(self, card: AgentCard | None, setup: Setup) -> None:
        self._checked = True
        limit_s = setup.max_duration_seconds or (card.max_duration_s if card else 0)
        self.status.duration_limit_s = limit_s
        if limit_s:
            self.recorder.fact(DurationLimited(seconds=limit_s))
        if note := undeclared(card, self.plan.tools) if card else "":
            self.recorder.fact(Noted(text=note))
        problems = tuple(provider_of(self.plan.provider).preflight(card, setup))
        self._refuse(problems, "change the set-up, or the agent's settings")
        for priced in self.connector.prices(setup, card):
            self.recorder.fact(priced)
        self._reckoning = asyncio.create_task(self._reckon(setup, card))

    async def _reckon(self, setup: Setup, card: AgentCard | None) -> None:
        for priced in await self.connector.reckoned(setup, card):
            self.recorder.fact(priced)

    def _note(self, setup: Setup) -> None:
        """Also that a model is served no longer: the published dates may move."""
        plan, provider = self.plan, provider_of(self.plan.provider)
        notes = tuple(provider.notes(setup))
        if not plan.local:  # which serves any model
            tables = provider.tables(Path(plan.tools_folder) if plan.tools_folder else None)
            called = {provider.section.callee: plan.agent_id}
            notes += ending(provider.fields, tables, called, setup, date.today())
        for note in notes:
            self.recorder.fact(Noted(text=note))

    def _refuse(self, problems: tuple[str, ...], advice: str) -> None:
        if problems:
            self.recorder.fact(PreflightFound(problems=problems))
            raise LinkError("; ".join(problems), advice)

    def _allowed(self, pause_ms: int | None) -> int | None:
        return pause_ms if self.plan.session.reconnect else None

    def _rest(self, state: CallState, detail: str, failure: Failure = Failure.OTHER) -> None:
        self.status.state, self.status.detail = state, self.connector.redacted(detail)
        self.status.failure = failure

    def _announce(self, attempt: int, pause_ms: int, reason: str, lost: str) -> None:
        self.recorder.fact(LinkRetrying(attempt=attempt, delay_ms=pause_ms, reason=reason))
        self._rest(CallState.CONNECTING, f"{lost}; trying again")
        self.status.retry_attempt = attempt
        self.status.retry_at_ns = time.monotonic_ns() + pause_ms * 1_000_000

    async def _pause(self, pause_ms: int) -> None:
        self._hurry.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), pause_ms / 1000)
        self.status.retry_at_ns = 0

    def _cancelled(self, opening_ns: int) -> None:
        """The user, or a limit, hung up before there was a conversation, or between two."""
        reached = self.limits.reached if self.limits else ""
        by = Closer.LIMIT if reached else Closer.USER
        said = f"hung up at your limit: {reached}" if reached else "you hung up"
        if opening_ns:
            elapsed_ms = round((time.monotonic_ns() - opening_ns) / 1e6, 1)
            self.recorder.fact(
                LinkClosed(by=by, code=self._code, reason=reached, elapsed_ms=elapsed_ms)
            )
        else:
            self.recorder.fact(Noted(text=f"{NO_FURTHER_TRY}{said}"))
        self._rest(CallState.IDLE, said)


def declared(tools: Mapping[str, ClientTool]) -> tuple[DeclaredTool, ...]:
    """The configured client tools, as an agent is told of them."""
    return tuple(
        DeclaredTool(name=name, description=tool.description, parameters=tool.parameters)
        for name, tool in tools.items()
    )
