"""The MCP server that stands behind whatever a client declares: the library, with one tool.

Knows items and events; what is asked of it is decided in `answers.py`, and nothing is reached for.
"""

import msgspec

from tui.agent.openai.client_frames import ApprovalItem
from tui.agent.openai.errors import Mistake
from tui.agent.openai.items import Item, Items
from tui.agent.openai.link import Connection, new_id
from tui.agent.responder.triggers import BOOKS, SEARCH
from tui.events import USUAL_FORMAT

_SCHEMA = {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}
OUTPUT = msgspec.json.encode(BOOKS).decode()
_TOOL = {"name": SEARCH, "description": "Searches the library.", "input_schema": _SCHEMA}


async def list_tools(link: Connection, items: Items, label: str) -> None:
    body = {"id": new_id("mcpl"), "type": "mcp_list_tools", "server_label": label, "tools": [_TOOL]}
    item = Item(body, USUAL_FORMAT)
    await link.send("mcp_list_tools.in_progress", item_id=item.id)
    before = items.place(item)
    for kind in ("conversation.item.added", "conversation.item.done"):
        await link.send(kind, previous_item_id=before, item=body)
    await link.send("mcp_list_tools.completed", item_id=item.id)


def requested(items: Items, answer: ApprovalItem) -> Item:
    """What the answer is to. Raises Mistake."""
    request = items.find(answer.approval_request_id)
    if request is None or request.type != "mcp_approval_request":
        words = f"There is no approval request with id '{answer.approval_request_id}'."
        raise Mistake("invalid_approval_request_id", words, "item.approval_request_id")
    return request


async def use(link: Connection, items: Items, request: Item) -> None:
    """Outside of any response: the client asks for what is to be said of it."""
    body = {**request.body, "id": new_id("mcp"), "type": "mcp_call"}
    body |= {"approval_request_id": request.id, "output": None, "error": None}
    where, before = (
        {"item_id": body["id"], "output_index": 0},
        items.place(Item(body, USUAL_FORMAT, knew=frozenset())),
    )
    await link.send("conversation.item.added", previous_item_id=before, item=body)
    await link.send("response.mcp_call.in_progress", **where)
    body["output"] = OUTPUT
    await link.send("response.mcp_call.completed", **where)
    await link.send("conversation.item.done", previous_item_id=before, item=body)
