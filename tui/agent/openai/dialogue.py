"""Whose turn it is: what asks for a response, what ends one, and that there is one at a time.

Knows the conversation's items and responses; no socket, no user audio. A response is a task. One
of them at most writes to the conversation; others ("none") run beside it. To cancel one means to
cancel its task, which rounds off what it had begun and says so in `response.done`.
"""

import asyncio
from collections.abc import Callable

import msgspec

from tui.agent.call_store import Call
from tui.agent.openai.answers import Situation, replies, server_of
from tui.agent.openai.client_frames import ReferenceItem, Wanted
from tui.agent.openai.errors import FAILURES, Mistake, described
from tui.agent.openai.items import Item, Items, made_of
from tui.agent.openai.link import Connection
from tui.agent.openai.mcp import OUTPUT
from tui.agent.openai.response import Plan, Response, failure
from tui.agent.openai.settings import Json, McpTool, Settings, wire_format
from tui.agent.openai.usage import LIMIT, Stopped, Tokens, rate_limits, summed, text_tokens
from tui.agent.profile import Agent
from tui.agent.responder.replies import Block, CallMcp, CallTool, EndCall, Fail, Reply, Say, Think
from tui.agent.responder.triggers import LIBRARY
from tui.agent.speech.loaded import LoadedSpeech


class _Failed(Exception):
    """The response fails with that code."""


class Dialogue:
    def __init__(
        self,
        link: Connection,
        call: Call,
        items: Items,
        *,
        speech: LoadedSpeech,
        agent: Agent,
        tasks: asyncio.TaskGroup,
        on_over: Callable[[Response], None],
    ) -> None:
        self._link = link
        self._call = call
        self._items = items
        self._speech = speech
        self._agent = agent
        self._tasks = tasks
        self._on_over = on_over
        self._running: dict[Response, asyncio.Task[None]] = {}
        self._spent: dict[Response, tuple[Tokens, Tokens]] = {}
        """Tokens of the context, and how many of them were cached."""
        self._waiting: Settings | None = None
        """A turn that is over is answered when the response before it is done."""
        self._before = Tokens()
        self._left = LIMIT
        self.has_spoken = False

    @property
    def active(self) -> Response | None:
        """That which writes to the conversation."""
        return next((r for r in self._running if r.plan.in_conversation and not r.done), None)

    # ── What asks for a response, and what ends it ───────────────────────────────────────────────

    async def ask(self, wanted: Wanted, settings: Settings) -> None:
        """Raises Mistake."""
        if wanted.conversation == "auto" and (active := self.active):
            words = (
                f"Conversation already has an active response in progress: {active.id}. "
                "Wait until the response is finished before creating a new one."
            )
            raise Mistake("conversation_already_has_active_response", words)
        await self._start(wanted, settings)

    async def turn_over(self, settings: Settings) -> None:
        """The user has spoken, and an answer is wanted."""
        if self.active:
            self._waiting = settings
        else:
            await self._start(Wanted(), settings)

    async def interrupt(self) -> None:
        """The user speaks; nothing happens when no response is active."""
        self._waiting = None
        if active := self.active:
            await self._cut(active, "turn_detected")

    async def cancel(self, response_id: str | None) -> None:
        """Raises Mistake."""
        named = (r for r in self._running if r.id == response_id and not r.done)
        found = next(named, None) if response_id else self.active
        if found is None:
            words = "Cancellation failed: no active response found"
            raise Mistake(
                "response_cancel_not_active", words, "response_id" if response_id else None
            )
        await self._cut(found, "client_cancelled")

    def forget(self) -> None:
        """What is cached is of no use once the conversation has changed."""
        self._before = Tokens()

    # ── A response ───────────────────────────────────────────────────────────────────────────────

    async def _start(self, wanted: Wanted, settings: Settings) -> None:
        context = self._context(wanted, settings)
        plan = plan_of(wanted, settings)
        now = Situation(
            agent=self._agent,
            context=context,
            instructions=settings.instructions,
            own_instructions=wanted.instructions,
            tools=settings.tools if wanted.tools is None else wanted.tools,
            tool_choice=settings.tool_choice if wanted.tool_choice is None else wanted.tool_choice,
            parallel=settings.parallel_tool_calls is not False
            and wanted.parallel_tool_calls is not False,
            language=language_of(settings, self._agent),
        )
        plan = msgspec.structs.replace(plan, language=now.language)
        knew = frozenset(item.id for item in context)
        response = Response(self._link, self._speech, self._call, self._items, plan, knew=knew)
        taken = _cost(now)
        self._spent[response] = taken, taken.cached(self._before)
        running = self._run(response, now)
        # Known before anything is sent: whoever asks in the meantime finds it.
        self._running[response] = self._tasks.create_task(running)
        await response.open()

    async def _run(self, response: Response, now: Situation) -> None:
        status, details, code = "completed", None, ""
        try:
            await response.opened.wait()
            for item in now.context:
                if item.heard:
                    await asyncio.shield(item.heard)
            for reply in replies(now):
                await self._perform(response, reply, now)
        except asyncio.CancelledError:
            if not response.reason:
                raise
            status, details = "cancelled", {"reason": response.reason}
        except Stopped as stopped:
            status, details = "incomplete", {"reason": str(stopped)}
        except _Failed as failed:
            code = str(failed)
            status, details = "failed", failure(code, f"You asked for {code}.")
        await self._finish(response, status, details)
        if code and (close := FAILURES[code]):
            await self._link.send("error", error=described(code, f"You asked for {code}."))
            await self._link.close(close, f"invalid_request_error.{code}")

    async def _finish(self, response: Response, status: str, details: Json | None) -> None:
        if response.done:
            return
        taken, cached = self._spent.pop(response)
        await response.finish(status, details, taken, cached)
        del self._running[response]
        self.has_spoken |= response.plan.modality == "audio" and response.given.audio > 0
        self._before = taken
        self._left = max(self._left - taken.total - response.given.total, 0)
        await self._link.send("rate_limits.updated", rate_limits=rate_limits(self._left))
        settings, self._waiting = self._waiting, None
        if settings and not self.active:
            await self._start(Wanted(), settings)
        else:
            self._on_over(response)

    async def _cut(self, response: Response, reason: str) -> None:
        """Returns when the client was told all of it."""
        task = self._running[response]
        async with response.closing:  # what is being rounded off has to be told to its end
            if not response.done:
                response.reason = reason
                task.cancel()
        await asyncio.wait({task})
        # A task that had not begun yet is gone without a word.
        await self._finish(response, "cancelled", {"reason": reason})

    async def _perform(self, response: Response, reply: Reply, now: Situation) -> None:
        match reply:
            case Say(text) | EndCall(text):  # this protocol has no way to hang up
                await response.say(text)
            case Think(thoughts, text):
                await response.say("".join(thoughts), phase="commentary")
                await response.say(text, phase="final_answer")
            case CallTool(name, parameters):
                await response.call(name, parameters)
            case CallMcp(_, name, parameters):
                server = server_of(now.tools)
                freely = server is not None and server.require_approval == "never"
                label, output = server.server_label if server else LIBRARY, OUTPUT if freely else ""
                await response.call_mcp(label, name, parameters, output)
            case Block(_, text):
                await response.say(text)
                raise Stopped("content_filter")
            case Fail(code, as_client_error):
                if not as_client_error:
                    raise _Failed(code)
                await self._link.send("error", error=described(code, f"You asked for {code}."))

    def _context(self, wanted: Wanted, settings: Settings) -> tuple[Item, ...]:
        """Raises Mistake for what is not there."""
        if wanted.input is None:
            return tuple(self._items)
        form = wire_format(settings.audio.input.format)
        return tuple(
            self._items.retrieve(one.id or "")
            if isinstance(one, ReferenceItem)
            else made_of(one, form, lambda _: True)
            for one in wanted.input
        )


def language_of(settings: Settings, agent: Agent) -> str:
    """That of the transcription, where one is told."""
    asked = settings.audio.input.transcription
    named = (asked.language or next(iter(asked.languages or ()), None)) if asked else None
    return named or agent.language


def plan_of(wanted: Wanted, settings: Settings) -> Plan:
    sound, own = settings.audio.output, wanted.audio.output
    return Plan(
        modality=(wanted.output_modalities or settings.output_modalities)[0],
        format=own.format or sound.format,
        voice=own.voice or sound.voice,
        speed=sound.speed,
        max_tokens=wanted.max_output_tokens or settings.max_output_tokens,
        metadata=wanted.metadata,
        in_conversation=wanted.conversation == "auto",
    )


def _cost(now: Situation) -> Tokens:
    written = now.own_instructions or now.instructions
    tools = msgspec.json.encode([t for t in now.tools if not isinstance(t, McpTool)]).decode()
    head = text_tokens(written) + (text_tokens(tools) if now.tools else 0)
    return summed(item.tokens() for item in now.context) + Tokens(head)
