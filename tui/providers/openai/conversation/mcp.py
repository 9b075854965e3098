"""Tools of MCP servers that an OpenAI Realtime server runs: calls, approvals, lists of tools.

Knows items of those types; what they were is remembered, because later frames name them by id only.
"""

from typing import Any

from tui.events import Event, McpServer, McpServersChanged, McpToolChanged
from tui.providers.openai.server_frames import object_in, objects_in, text_in
from tui.providers.reading import arguments

_STATES = {
    "response.mcp_call.in_progress": "loading",
    "response.mcp_call.completed": "success",
    "response.mcp_call.failed": "failure",
}


class McpItems:
    def __init__(self) -> None:
        self._calls: dict[str, dict[str, Any]] = {}
        self._labels: dict[str, str] = {}
        """Of servers, by the item that lists their tools."""
        self._servers: dict[str, McpServer] = {}
        self._asked: set[str] = set()

    def item(self, item: dict[str, Any], *, done: bool) -> tuple[Event, ...]:
        """An item of the conversation, begun or done; nothing for one that is no MCP's."""
        match text_in(item, "type"):
            case "mcp_approval_request":
                return self._request(item)
            case "mcp_call":
                self._calls[text_in(item, "id")] = item
                ended = "failure" if item.get("error") else "success"
                return (_changed(item, ended if done else "loading"),)
            case "mcp_list_tools":
                self._labels[text_in(item, "id")] = text_in(item, "server_label")
                tools = len(objects_in(item, "tools"))
                return self._server(text_in(item, "server_label"), tools) if done else ()
            case _:
                return ()

    def call(self, kind: str, item_id: str) -> tuple[Event, ...]:
        """`response.mcp_call.*`."""
        item = self._calls.get(item_id, {"id": item_id})
        return (_changed(item, _STATES[kind]),)

    def lost(self, item_id: str) -> tuple[Event, ...]:
        """`mcp_list_tools.failed`."""
        label = self._labels.get(item_id, item_id)
        return self._server(label, 0, connected=False)

    def _request(self, item: dict[str, Any]) -> tuple[Event, ...]:
        """Told as added and as done, and asked once."""
        item_id = text_in(item, "id")
        if item_id in self._asked:
            return ()
        self._asked.add(item_id)
        return (_changed(item, "awaiting_approval"),)

    def _server(self, label: str, tools: int, *, connected: bool = True) -> tuple[Event, ...]:
        self._servers[label] = McpServer(label, connected, tools)
        return (McpServersChanged(servers=tuple(self._servers.values())),)


def _changed(item: dict[str, Any], state: str) -> McpToolChanged:
    """A call that was asked about goes on under the id of the question."""
    given, problem = arguments(item.get("arguments"))
    error = object_in(item, "error")
    detail = text_in(error, "message") if error else text_in(item, "output")
    return McpToolChanged(
        name=text_in(item, "name"),
        call_id=text_in(item, "approval_request_id") or text_in(item, "id"),
        service_id=text_in(item, "server_label"),
        state=state,
        parameters={"": item.get("arguments")} if problem else given,
        detail=detail,
    )
