"""Calls of functions: which are whole, which are answered, when a response may follow.

Knows items of that type; no tool. A call is acted on only when it is whole: one of a response that
was cut may hold half of its arguments.
"""

from typing import Any

from tui.events import ToolCalled
from tui.providers.openai.server_frames import text_in
from tui.providers.reading import arguments


class ToolCalls:
    def __init__(self) -> None:
        self._told: set[str] = set()
        self._arguments: dict[str, str] = {}
        """By item, where they come before it is whole."""
        self._reply: dict[str, str] = {}
        """Of each call that is not answered."""
        self._outputs: dict[str, list[str]] = {}
        """Items that hold results, by the reply that asked."""
        self._over: set[str] = set()
        """Replies that ask for nothing more."""

    def arguments(self, data: dict[str, Any]) -> None:
        self._arguments[text_in(data, "item_id")] = text_in(data, "arguments")

    def item(self, reply_id: str, item: dict[str, Any]) -> tuple[ToolCalled, ...]:
        """An item of a response that is done with; a call is told once."""
        call_id = text_in(item, "call_id")
        whole = text_in(item, "status") in ("completed", "")
        if text_in(item, "type") != "function_call" or not whole or call_id in self._told:
            return ()
        self._told.add(call_id)
        self._reply[call_id] = reply_id
        given = item.get("arguments") or self._arguments.get(text_in(item, "id"))
        parameters, problem = arguments(given)
        called = ToolCalled(
            name=text_in(item, "name"),
            call_id=call_id,
            parameters=parameters,
            reply_id=reply_id,
            problem=problem,
        )
        return (called,)

    def answered(self, call_id: str, item_id: str) -> tuple[str, ...]:
        """The results of the reply that asked, once they are all there and it is over."""
        reply_id = self._reply.pop(call_id, "")
        self._outputs.setdefault(reply_id, []).append(item_id)
        return self._whole(reply_id) if reply_id in self._over or not reply_id else ()

    def over(self, reply_id: str) -> tuple[str, ...]:
        """The same, when the reply is over."""
        self._over.add(reply_id)
        return self._whole(reply_id)

    def _whole(self, reply_id: str) -> tuple[str, ...]:
        if reply_id in self._reply.values():
            return ()
        return tuple(self._outputs.pop(reply_id, ()))
