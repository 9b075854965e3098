"""Typed conversations: the order of events, functions, items, what is refused."""

import base64
import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.agent.helpers import AgentProcess, Frame
from tests.agent.openai.helpers import TEXT, Client, conversation, function

ORDER = {"tools": [function("lookup_order", id="string")]}


def said(response: Frame) -> list[str]:
    """The words of each message."""
    messages = (item for item in response["output"] if item["type"] == "message")
    return [part.get("text") or part["transcript"] for m in messages for part in m["content"]]


def calls(response: Frame) -> list[tuple[str, Frame]]:
    found = (item for item in response["output"] if item["type"] == "function_call")
    return [(item["name"], json.loads(item["arguments"])) for item in found]


async def returned(client: Client, response: Frame, *outputs: str) -> Frame:
    """The response to what the functions gave."""
    asked = [item for item in response["output"] if item["type"] == "function_call"]
    for item, output in zip(asked, outputs, strict=True):
        result = {"type": "function_call_output", "call_id": item["call_id"], "output": output}
        await client.send("conversation.item.create", item=result)
    await client.send("response.create")
    return await client.done()


async def test_a_typed_turn_is_answered_in_the_order_of_the_hosted_service(
    agent: AgentProcess,
) -> None:
    async with conversation(agent) as client:
        assert client.types() == ["session.created"]  # no greeting unless asked for
        response = await client.answer("what is two plus two")
        await client.expect("rate_limits.updated")
        (item,) = response["output"]
        assert said(response) == ["That is four."]
        once = list(dict.fromkeys(client.types()))
        assert once == [
            "session.created",
            "conversation.item.added",
            "conversation.item.done",
            "response.created",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_audio_transcript.delta",
            "response.output_audio.delta",
            "response.output_audio.done",
            "response.output_audio_transcript.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.done",
            "rate_limits.updated",
        ]
        user, mine = client.of("conversation.item.added")
        assert (user["previous_item_id"], mine["previous_item_id"]) == (None, user["item"]["id"])
        assert mine["item"]["id"] == item["id"]
        deltas = client.of("response.output_audio_transcript.delta")
        assert "".join(e["delta"] for e in deltas) == "That is four."
        assert len({e["event_id"] for e in client.events}) == len(client.events)
        ms = len(client.audio(item["id"])) / 48
        usage = response["usage"]
        assert usage["output_token_details"]["audio_tokens"] == -(-ms // 50)
        assert usage["output_token_details"]["text_tokens"] == 4
        assert usage["input_tokens"] == usage["input_token_details"]["text_tokens"] > 0
        assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


async def test_text_only_is_written_and_never_spoken(agent: AgentProcess) -> None:
    async with conversation(agent, TEXT) as client:
        response = await client.answer("Tell me a story")
        deltas = [e["delta"] for e in client.of("response.output_text.delta")]
        assert len(deltas) > 10
        assert ["".join(deltas)] == said(response)
        assert not client.of("response.output_audio.delta")
        assert response["usage"]["output_token_details"]["audio_tokens"] == 0
        spoken = await client.answer("say hello", output_modalities=["audio"])
        assert spoken["output_modalities"] == ["audio"]
        assert client.audio(spoken["output"][0]["id"])


async def test_the_cost_of_the_context_grows_and_is_cached(agent: AgentProcess) -> None:
    async with conversation(agent, TEXT) as client:
        usages = [(await client.answer("Tell me a story"))["usage"] for _ in range(3)]
        totals = [u["input_tokens"] for u in usages]
        assert totals == sorted(set(totals))
        cached = [u["input_token_details"]["cached_tokens"] for u in usages]
        assert cached[0] == 0 < cached[2] < totals[2]
        left = [e["rate_limits"][0]["remaining"] for e in client.of("rate_limits.updated")]
        assert left == sorted(left, reverse=True)


async def test_a_function_is_called_and_its_result_spoken(agent: AgentProcess) -> None:
    async with conversation(agent, ORDER) as client:
        response = await client.answer("check order 1009")
        assert calls(response) == [("lookup_order", {"id": "1009"})]
        done = client.of("response.function_call_arguments.done")[0]
        assert (done["name"], done["arguments"]) == ("lookup_order", '{"id":"1009"}')
        deltas = client.of("response.function_call_arguments.delta")
        assert "".join(e["delta"] for e in deltas) == done["arguments"]
        answer = await returned(client, response, '{"status":"shipped"}')
        assert said(answer) == ["Order 1009: status shipped."]
        assert client.audio(answer["output"][0]["id"])


async def test_functions_are_called_in_parallel_unless_that_is_switched_off(
    agent: AgentProcess,
) -> None:
    async with conversation(agent, TEXT | ORDER) as client:
        response = await client.answer("check order 1009 and order 1010")
        wanted = [("lookup_order", {"id": "1009"}), ("lookup_order", {"id": "1010"})]
        assert calls(response) == wanted
        answer = await returned(client, response, '{"status":"shipped"}', '{"error":"gone"}')
        assert said(answer) == [
            "Order 1009: status shipped. "
            "I am sorry, I could not check order 1010. Please try again later."
        ]
        assert said(await returned(client, await client.answer("check order 3"), "Error: no")) == [
            "I am sorry, I could not check order 3. Please try again later."
        ]
        await client.update(parallel_tool_calls=False)
        response = await client.answer("check order 7 and order 8")
        assert calls(response) == [("lookup_order", {"id": "7"})]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Check order one, zero, zero, nine.", ["1009"]),
        ("Check order one thousand and nine.", ["1009"]),
        ("Check orders 1009 and 1010", ["1009", "1010"]),
        ("Please check order 7, and order eight and order 7", ["7", "8"]),
        ("Where is order 12? And what time is it?", ["12"]),
    ],
)
async def test_how_many_orders_are_meant(
    agent: AgentProcess, text: str, numbers: list[str]
) -> None:
    async with conversation(agent, TEXT | ORDER) as client:
        found = calls(await client.answer(text))
        assert found == [("lookup_order", {"id": number}) for number in numbers]


async def test_which_function_is_called(agent: AgentProcess) -> None:
    tools = [function("get_weather", city="string"), function("order_state", number="integer")]
    async with conversation(agent, TEXT | {"tools": tools}) as client:
        assert calls(await client.answer("get weather Oslo")) == [("get_weather", {"city": "Oslo"})]
        assert calls(await client.answer("check order 12")) == [("order_state", {"number": 12})]
        forced = {"type": "function", "name": "get_weather"}
        response = await client.answer("Bergen", tool_choice=forced)
        assert calls(response) == [("get_weather", {"city": "Bergen"})]
        without: tuple[Frame, ...] = ({"tool_choice": "none"}, {"tools": []})
        for wanted in without:
            response = await client.answer("check order 12", **wanted)
            assert said(response) == ["I can't check orders: no function for it is declared."]


async def test_what_a_response_is_told_word_for_word_it_says(agent: AgentProcess) -> None:
    async with conversation(agent, TEXT) as client:
        words = "Welcome to Hibari! How are you?"
        for exact in (
            f'Say exactly this to the user: "{words}"',
            f"Say exactly this to the user, and nothing else: {words}",
            f"Greet the caller with “{words}”",
        ):
            await client.send("response.create", response={"instructions": exact})
            assert said(await client.done()) == [words]
    async with conversation(agent, TEXT) as client:
        await client.send("response.create")
        assert said(await client.done())[0].startswith("Hello! I am the local agent.")


async def test_a_sentence_in_two_pieces_is_one(agent: AgentProcess) -> None:
    async with conversation(agent, TEXT) as client:
        await client.type("What is twelve times", ask=False)
        assert said(await client.answer("seven?")) == ["That is eighty-four."]
        assert said(await client.answer("seven?"))[0].startswith("I did not understand")


async def test_instructions_and_system_messages_are_heeded(agent: AgentProcess) -> None:
    async with conversation(agent, TEXT | {"instructions": "Answer always with: Aye."}) as client:
        assert said(await client.answer("what is two plus two")) == ["Aye."]
        await client.update(instructions="")
        note = {
            "type": "message",
            "role": "system",
            "content": [{"type": "input_text", "text": "Ann"}],
        }
        await client.send("conversation.item.create", item=note)
        assert said(await client.answer("what do you know")) == ["This is what I was told: Ann"]


async def test_out_of_band(agent: AgentProcess) -> None:
    async with conversation(agent, TEXT) as client:
        await client.type("Tell me a story", ask=False)
        part = {"type": "input_text", "text": "what is two plus two"}
        aside = {
            "conversation": "none",
            "metadata": {"topic": "sum"},
            "input": [{"type": "message", "role": "user", "content": [part]}],
        }
        await client.send("response.create", response=aside)
        response = await client.done()
        assert said(response) == ["That is four."]
        assert (response["conversation_id"], response["metadata"]) == (None, {"topic": "sum"})
        assert client.of("response.created")[0]["response"]["metadata"] == {"topic": "sum"}
        assert len(client.of("conversation.item.added")) == 1  # the typed one
        reference = {
            "type": "item_reference",
            "id": client.of("conversation.item.added")[0]["item"]["id"],
        }
        await client.send("response.create", response=aside | {"input": [reference]})
        assert said(await client.done())[0].startswith("Once upon a time")


async def test_a_limit_of_tokens_leaves_it_incomplete(agent: AgentProcess) -> None:
    async with conversation(agent) as client:
        response = await client.answer("Tell me a story", max_output_tokens=60)
        assert response["status"] == "incomplete"
        assert response["status_details"] == {"type": "incomplete", "reason": "max_output_tokens"}
        (item,) = response["output"]
        assert item["status"] == "incomplete"
        assert 0 < response["usage"]["output_tokens"] <= 60
        assert client.of("response.output_audio.done")[0]["item_id"] == item["id"]


async def test_a_response_is_cancelled(agent: AgentProcess) -> None:
    async with conversation(agent) as client:
        await client.type("Tell me a story")
        await client.expect("response.output_audio.delta")
        await client.send("response.cancel")
        response = await client.done()
        assert response["status"] == "cancelled"
        assert response["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
        (item,) = response["output"]
        assert item["status"] == "incomplete"
        done = client.of("response.output_audio_transcript.done")[0]["transcript"]
        assert done == item["content"][0]["transcript"]
        assert client.of("response.output_audio.done")
        await client.expect("rate_limits.updated")
        later = await client.answer("what is two plus two")
        assert later["status"] == "completed"
        over = client.of("response.done")[0]["at"]
        late = [e for e in client.of("response.output_audio.delta") if e["at"] > over]
        assert response["id"] not in {e["response_id"] for e in late}


async def test_one_response_at_a_time(agent: AgentProcess) -> None:
    async with conversation(agent) as client:
        await client.type("Tell me a story")
        active = (await client.expect("response.created"))["response"]["id"]
        await client.send("response.create", event_id="mine")
        error = await client.error()
        assert (error["code"], error["event_id"]) == (
            "conversation_already_has_active_response",
            "mine",
        )
        assert active in error["message"]
        await client.send("response.cancel", response_id=active)
        assert (await client.done())["status"] == "cancelled"


async def test_two_messages_in_a_response(agent: AgentProcess) -> None:
    async with conversation(agent) as client:
        response = await client.answer("think aloud about fog")
        first, second = response["output"]
        assert (first["phase"], second["phase"]) == ("commentary", "final_answer")
        assert client.audio(first["id"])
        assert client.audio(second["id"])
        added = [e["item"]["id"] for e in client.of("response.output_item.added")]
        assert added == [first["id"], second["id"]]
        for item in (first, second):
            where = {"item_id": item["id"], "content_index": 0, "audio_end_ms": 100}
            await client.send("conversation.item.truncate", **where)
            assert (await client.expect("conversation.item.truncated"))["item_id"] == item["id"]


async def test_items_are_retrieved_truncated_and_deleted(agent: AgentProcess) -> None:
    async with conversation(agent) as client:
        (item,) = (await client.answer("say good evening"))["output"]
        sound = client.audio(item["id"])
        await client.send("conversation.item.retrieve", item_id=item["id"])
        part = (await client.expect("conversation.item.retrieved"))["item"]["content"][0]
        assert base64.b64decode(part["audio"]) == sound
        ms = len(sound) // 48
        where = {"item_id": item["id"], "content_index": 0}
        await client.send("conversation.item.truncate", **where, audio_end_ms=ms + 1)
        error = await client.error()
        assert error["message"] == f"Audio content of {ms}ms is already shorter than {ms + 1}ms"
        await client.send("conversation.item.truncate", **where, audio_end_ms=200)
        assert (await client.expect("conversation.item.truncated"))["audio_end_ms"] == 200
        await client.send("conversation.item.retrieve", item_id=item["id"])
        part = (await client.expect("conversation.item.retrieved"))["item"]["content"][0]
        assert len(base64.b64decode(part["audio"])) == 200 * 48
        assert "transcript" not in part
        await client.send("conversation.item.delete", item_id=item["id"])
        await client.expect("conversation.item.deleted")
        await client.send("conversation.item.retrieve", item_id=item["id"])
        assert (await client.error())["code"] == "item_retrieve_invalid_item_id"


async def test_items_are_put_where_they_are_wanted(agent: AgentProcess) -> None:
    async with conversation(agent, TEXT) as client:
        for item_id, after in (("a", None), ("c", "a"), ("b", "a"), ("z", "root")):
            part = {"type": "input_text", "text": item_id}
            item = {"id": item_id, "type": "message", "role": "user", "content": [part]}
            told = {"previous_item_id": after} if after else {}
            await client.send("conversation.item.create", item=item, **told)
            await client.expect("conversation.item.done")
        before = [e["previous_item_id"] for e in client.of("conversation.item.added")]
        assert before == [None, "a", "a", None]
        await client.send("conversation.item.create", item=item)
        assert (await client.error())["code"] == "item_create_item_id_already_exists"
        item = item | {"id": "y"}
        await client.send("conversation.item.create", item=item, previous_item_id="nowhere")
        assert (await client.error())["code"] == "item_create_invalid_previous_item_id"


async def test_an_image_is_looked_at(agent: AgentProcess) -> None:
    async with conversation(agent, TEXT) as client:
        url = f"data:image/png;base64,{base64.b64encode(bytes(30)).decode()}"
        part = {"type": "input_image", "image_url": url}
        item = {"type": "message", "role": "user", "content": [part]}
        await client.send("conversation.item.create", item=item)
        await client.send("response.create")
        response = await client.done()
        assert said(response) == ["I have your image: image/png, 30 bytes."]
        assert response["usage"]["input_token_details"]["image_tokens"] == 85


@pytest.mark.parametrize("approve", [True, False])
async def test_a_tool_of_an_mcp_server_is_approved_or_not(
    agent: AgentProcess, approve: bool
) -> None:
    library = {"type": "mcp", "server_label": "books", "server_url": "https://books.example"}
    async with conversation(agent, TEXT | {"tools": [library]}) as client:
        await client.expect("mcp_list_tools.completed")
        (request,) = (await client.answer("search the library for fog"))["output"]
        assert (request["type"], request["server_label"]) == ("mcp_approval_request", "books")
        answer = {"type": "mcp_approval_response", "approval_request_id": request["id"]}
        await client.send("conversation.item.create", item=answer | {"approve": approve})
        await client.expect("conversation.item.done")
        if approve:
            done = await client.expect("conversation.item.done")
            assert done["item"]["approval_request_id"] == request["id"]
            assert "Fog at Sea" in done["item"]["output"]
        await client.send("response.create")
        (words,) = said(await client.done())
        assert words.startswith("The library has 3 books on fog" if approve else "I did not search")
        assert bool(client.of("response.mcp_call.completed")) == approve


async def test_a_tool_that_needs_no_approval_is_used_at_once(agent: AgentProcess) -> None:
    library = {"type": "mcp", "server_label": "books", "require_approval": "never"}
    async with conversation(agent, TEXT | {"tools": [library]}) as client:
        (call,) = (await client.answer("search the library for fog"))["output"]
        assert (call["type"], call["server_label"]) == ("mcp_call", "books")
        assert "Fog at Sea" in call["output"]
        await client.send("response.create")
        assert said(await client.done())[0].startswith("The library has 3 books on fog")


async def test_failures_that_can_be_asked_for(agent: AgentProcess) -> None:
    async with conversation(agent, TEXT) as client:
        filtered = await client.answer("the forbidden word")
        assert filtered["status_details"]["reason"] == "content_filter"
        failed = await client.answer("fail with rate limit exceeded")
        assert failed["status"] == "failed"
        assert failed["status_details"]["error"]["code"] == "rate_limit_exceeded"
        assert failed["usage"] is None
        await client.type("fail with insufficient quota")
        assert (await client.done())["status"] == "failed"
        assert (await client.error())["code"] == "insufficient_quota"
        closed = await client.ended()
        assert closed == (4000, "invalid_request_error.insufficient_quota")


Mistake = Callable[[Client], Coroutine[Any, Any, None]]
MISTAKES: dict[str, tuple[Mistake, str, str | None]] = {
    "no JSON": (lambda c: c.socket.send("{"), "invalid_json", None),
    "bytes": (lambda c: c.socket.send(b"{}"), "invalid_event", None),
    "no object": (lambda c: c.socket.send("[]"), "invalid_type", None),
    "no type": (lambda c: c.socket.send("{}"), "missing_required_parameter", "type"),
    "unknown type": (lambda c: c.send("session.close"), "invalid_value", "type"),
    "no session type": (
        lambda c: c.send("session.update", session={}),
        "missing_required_parameter",
        "session.type",
    ),
    "a beta field": (
        lambda c: c.send("session.update", session={"type": "realtime", "voice": "alloy"}),
        "unknown_parameter",
        "session.voice",
    ),
    "two modalities": (
        lambda c: c.send(
            "session.update", session={"type": "realtime", "output_modalities": ["audio", "text"]}
        ),
        "invalid_value",
        "session.output_modalities",
    ),
    "too fast": (
        lambda c: c.send(
            "session.update", session={"type": "realtime", "audio": {"output": {"speed": 2}}}
        ),
        "invalid_value",
        "session.audio.output.speed",
    ),
    "another model": (
        lambda c: c.send("session.update", session={"type": "realtime", "model": "other"}),
        "cannot_update_model",
        "session.model",
    ),
    "a number for text": (
        lambda c: c.send("session.update", session={"type": "realtime", "instructions": 1}),
        "invalid_type",
        "session.instructions",
    ),
    "no base64": (
        lambda c: c.send("input_audio_buffer.append", audio="?"),
        "invalid_value",
        "audio",
    ),
    "an empty commit": (
        lambda c: c.send("input_audio_buffer.commit"),
        "input_audio_buffer_commit_empty",
        None,
    ),
    "nothing to cancel": (lambda c: c.send("response.cancel"), "response_cancel_not_active", None),
    "an unknown response": (
        lambda c: c.send("response.cancel", response_id="resp_x"),
        "response_cancel_not_active",
        "response_id",
    ),
    "an unknown item": (
        lambda c: c.send("conversation.item.delete", item_id="x"),
        "item_delete_invalid_item_id",
        "item_id",
    ),
    "an output without a call": (
        lambda c: c.send(
            "conversation.item.create",
            item={"type": "function_call_output", "call_id": "x", "output": ""},
        ),
        "invalid_tool_call_id",
        "item.call_id",
    ),
    "spoken words of the assistant": (
        lambda c: c.send(
            "conversation.item.create",
            item={
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_audio", "audio": ""}],
            },
        ),
        "invalid_value",
        "item.content[0].type",
    ),
    "an approval that nobody asked for": (
        lambda c: c.send(
            "conversation.item.create",
            item={"type": "mcp_approval_response", "approval_request_id": "x", "approve": True},
        ),
        "invalid_approval_request_id",
        "item.approval_request_id",
    ),
    "no way to truncate": (
        lambda c: c.send("session.update", session={"type": "realtime", "truncation": {"a": 1}}),
        "unknown_parameter",
        "session.truncation.a",
    ),
    "too much metadata": (
        lambda c: c.send("response.create", response={"metadata": {str(n): "" for n in range(17)}}),
        "invalid_value",
        "response.metadata",
    ),
    "an id that is too long": (
        lambda c: c.send(
            "conversation.item.create",
            item={"id": "x" * 33, "type": "message", "role": "user", "content": []},
        ),
        "invalid_value",
        "item.id",
    ),
    "an empty audio clip": (
        lambda c: c.send(
            "conversation.item.create",
            item={"type": "message", "role": "user", "content": [{"type": "input_audio"}]},
        ),
        "missing_required_parameter",
        "item.content[0].audio",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
async def test_a_mistake_is_told_and_the_conversation_goes_on(
    agent: AgentProcess, name: str
) -> None:
    make, code, param = MISTAKES[name]
    async with conversation(agent, TEXT) as client:
        await make(client)
        error = await client.error()
        assert (error["code"], error["param"]) == (code, param), error
        assert error["message"]
        assert said(await client.answer("what is two plus two")) == ["That is four."]


async def test_a_function_whose_schema_is_none_is_called_all_the_same(agent: AgentProcess) -> None:
    odd = [function("lookup_order") | {"parameters": {"properties": [1]}}]
    async with conversation(agent, TEXT | {"tools": odd}) as client:
        assert calls(await client.answer("check order 12")) == [("lookup_order", {"id": "12"})]


async def test_the_voice_stays_once_it_was_heard(agent: AgentProcess) -> None:
    async with conversation(agent) as client:
        voice = {"audio": {"output": {"voice": "pico-en-gb"}}}
        assert (await client.update(**voice))["audio"]["output"]["voice"] == "pico-en-gb"
        await client.answer("say hello")
        await client.update(**voice)
        changed = {"type": "realtime", "audio": {"output": {"voice": "heart"}}}
        await client.send("session.update", session=changed)
        assert (await client.error())["code"] == "cannot_update_voice"


async def test_only_what_is_present_is_changed(agent: AgentProcess) -> None:
    async with conversation(agent) as client:
        before = client.events[0]["session"]
        assert before["audio"]["input"]["transcription"] is None
        detection = {"type": "semantic_vad", "eagerness": "high"}
        after = await client.update(audio={"input": {"turn_detection": detection}})
        told = after["audio"]["input"].pop("turn_detection")
        assert told == detection | {"create_response": True, "interrupt_response": True}
        del before["audio"]["input"]["turn_detection"]
        assert after == before
        cleared = await client.update(audio={"input": {"turn_detection": None}}, tools=[])
        assert cleared["audio"]["input"]["turn_detection"] is None
        assert cleared["expires_at"] == before["expires_at"]
