"""Responses are asked for one at a time, and never while another is under way."""

from typing import Any

import pytest

from tests.providers.openai.rig import Talk
from tests.providers.openai.test_talking import heard, spoken, words
from tui import events as e
from tui.commands import AnswerTool, SendText
from tui.provider import DeclaredTool
from tui.setup import Setup

ACTIVE = "conversation_already_has_active_response"


def answer(call: str, result: str = "12", **more: Any) -> AnswerTool:
    return AnswerTool(call_id=call, result=result, **more)


def kinds(frames: list[dict[str, Any]]) -> list[str]:
    return [frame["type"].removeprefix("conversation.") for frame in frames]


def refuse(talk: Talk, frame: dict[str, Any], code: str = ACTIVE) -> tuple[e.Event, ...]:
    return talk.says("error", error={"code": code, "message": "no", "event_id": frame["event_id"]})


# ── Typing ───────────────────────────────────────────────────────────────────────────────────────


def test_a_text_is_an_item_and_a_question() -> None:
    talk = Talk()
    item, create = talk.does(SendText(text="What time is it?"))
    assert item["item"]["content"] == [{"type": "input_text", "text": "What time is it?"}]
    assert talk.events[-2] == e.TextSent(text="What time is it?", id=item["item"]["id"])
    asked = (item["item"]["id"],)
    assert talk.begins(ours=True) == (e.AgentBegan(reply_id="resp_1", answers=asked),)
    [said] = talk.tells("Noon.")
    assert isinstance(said, e.AgentResponded) and said.answers == asked
    assert create["response"]["metadata"]["answers"] == item["item"]["id"]


def test_a_text_over_a_reply_is_cancel_truncate_item_then_a_question_when_it_is_over() -> None:
    talk = Talk()
    spoken(talk)
    talk.plays(1000)
    first = len(talk.sent)
    talk.does(heard(300))  # the session tells what was heard before it sends the text
    talk.does(SendText(text="stop"))
    assert kinds(talk.sent[first:]) == ["response.cancel", "item.truncate", "item.create"]
    assert talk.plays(100)[0].kind == "audio_dropped"
    talk.ends(status="cancelled")
    assert kinds(talk.sent[first:])[3:] == ["response.create"]


def test_a_text_while_a_text_is_being_written_ends_it() -> None:
    talk = Talk(Setup(text_only=True))
    talk.does(SendText(text="one"))
    talk.begins(ours=True)
    assert kinds(talk.does(SendText(text="two"))) == ["response.cancel", "item.create"]
    assert kinds(talk.does(SendText(text="three"))) == ["item.create"]
    first = len(talk.sent)
    talk.ends(status="cancelled")
    [create] = talk.sent[first:]  # one answers both
    assert len(create["response"]["metadata"]["answers"].split()) == 2


def test_a_text_before_the_response_to_the_last_one_has_begun() -> None:
    talk = Talk()
    talk.does(SendText(text="one"))
    again = talk.does(SendText(text="two"))
    assert kinds(again) == ["response.cancel", "item.create"] and "response_id" not in again[0]
    talk.begins(ours=True)
    first = len(talk.sent)
    talk.ends(status="cancelled")
    assert kinds(talk.sent[first:]) == ["response.create"]


def test_a_text_is_answered_while_the_user_is_heard() -> None:
    """Whose turn may never end: a microphone that was closed in the middle of a word."""
    talk = Talk()
    talk.hears()
    assert kinds(talk.does(SendText(text="hello"))) == ["item.create", "response.create"]


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────────


def test_a_question_that_another_response_is_in_the_way_of_is_asked_after_it() -> None:
    talk = Talk()
    _, create = talk.does(SendText(text="one"))
    [noted] = refuse(talk, create)
    assert isinstance(noted, e.Noted) and noted.text.startswith("harmless: ")
    assert talk.kinds()[-1] == "response.create" and len(talk.sent) == 3
    talk.ends("resp_never_seen")
    assert kinds(talk.sent[3:]) == ["response.create"]


def test_a_question_that_is_refused_does_not_keep_the_next_from_being_asked() -> None:
    talk = Talk()
    _, create = talk.does(SendText(text="one"))
    [erred] = refuse(talk, create, "invalid_value")
    assert isinstance(erred, e.ProviderErred) and erred.code == "invalid_value"
    assert kinds(talk.does(SendText(text="two"))) == ["item.create", "response.create"]


def test_a_server_that_does_not_say_what_it_refuses() -> None:
    talk = Talk()
    talk.does(SendText(text="one"))
    talk.says("error", error={"code": ACTIVE, "message": "no"})
    talk.ends("resp_x")
    assert kinds(talk.sent[3:]) == ["response.create"]


def test_a_response_that_is_over_without_a_word_keeps_nothing_waiting() -> None:
    talk = Talk()
    talk.begins()
    cancel, item = talk.does(SendText(text="one"))
    assert kinds([cancel, item]) == ["response.cancel", "item.create"]
    refuse(talk, cancel, "response_cancel_not_active")
    assert kinds(talk.sent[3:]) == ["response.create"]


def test_a_server_that_gives_no_metadata_back() -> None:
    talk = Talk()
    talk.does(SendText(text="one"))
    talk.begins()
    talk.ends()
    assert kinds(talk.does(SendText(text="two"))) == ["item.create", "response.create"]


@pytest.mark.parametrize(
    ("error", "harmless"),
    [
        ({"code": "response_cancel_not_active"}, True),
        ({"code": "input_audio_buffer_commit_empty"}, True),
        ({"code": "item_truncate_invalid_item_id", "event_id": "truncate_3_of_9"}, True),
        ({"code": "invalid_value", "event_id": "item_3"}, False),
        ({"code": "invalid_api_key", "message": "wrong key"}, False),
        ({"code": "insufficient_quota", "event_id": "create_9"}, False),
    ],
)
def test_what_fails_harmlessly_is_a_note(error: dict[str, Any], harmless: bool) -> None:
    [told] = Talk().says("error", error=error)
    assert isinstance(told, e.Noted if harmless else e.ProviderErred)


# ── Functions ────────────────────────────────────────────────────────────────────────────────────


def test_calls_at_once_get_all_results_and_then_one_question() -> None:
    talk = Talk(tools=(DeclaredTool(name="look"),))
    spoken(talk)
    [called] = talk.calls("c1")
    assert called == e.ToolCalled(name="look", call_id="c1", parameters={"x": 1}, reply_id="resp_1")
    assert kinds(talk.does(answer("c1"))) == ["item.create"]  # before the second is asked for
    talk.calls("c2")
    first = len(talk.sent)
    talk.ends()
    assert talk.sent[first:] == []
    output, create = talk.does(answer("c2", "no such order", is_error=True))
    assert output["item"] | {"id": ""} == {
        "id": "", "type": "function_call_output", "call_id": "c2",
        "output": "Error: no such order",
    }  # fmt: skip
    told = {"result": "no such order", "is_error": True, "id": output["item"]["id"]}
    assert e.ToolAnswered(call_id="c2", **told) in talk.events
    assert create["type"] == "response.create"


def test_results_that_come_before_the_response_is_over_wait_for_it() -> None:
    talk = Talk()
    talk.begins()
    talk.calls("c1")
    assert kinds(talk.does(answer("c1"))) == ["item.create"]
    first = len(talk.sent)
    talk.ends()
    assert kinds(talk.sent[first:]) == ["response.create"]


@pytest.mark.parametrize("status", ["incomplete", "in_progress"])
def test_half_a_call_is_not_run(status: str) -> None:
    talk = Talk()
    talk.begins()
    [told] = talk.calls("c1", status=status, arguments='{"x":')
    assert isinstance(told, e.OtherReceived)
    output = [{"id": "item_c1", "type": "function_call", "call_id": "c1", "status": status}]
    assert not any(isinstance(one, e.ToolCalled) for one in talk.ends(output=output))


def test_a_call_is_told_once_wherever_it_stands() -> None:
    talk = Talk()
    talk.begins()
    where = {"response_id": "resp_1", "item_id": "item_c1"}
    talk.says("response.function_call_arguments.done", call_id="c1", arguments='{"x":2}', **where)
    output = [{"id": "item_c1", "type": "function_call", "call_id": "c1", "name": "look"}]
    talk.ends(output=output)
    talk.ends(output=output)
    called = [event for event in talk.events if isinstance(event, e.ToolCalled)]
    assert [one.parameters for one in called] == [{"x": 2}]


def test_arguments_that_cannot_be_read_are_answered_by_whoever_owns_the_tools() -> None:
    talk = Talk()
    talk.begins()
    [called] = talk.calls("c1", arguments="{x")
    assert isinstance(called, e.ToolCalled) and "not JSON" in called.problem


def test_results_that_the_server_s_own_response_knows_are_not_asked_about() -> None:
    """The user spoke while tools ran: one response for both, and no error."""
    talk = Talk()
    spoken(talk)
    talk.calls("c1")
    talk.calls("c2")
    talk.ends()
    talk.hears("item_u2")
    one, two = talk.does(answer("c1")), talk.does(answer("c2"))
    for frame in (*one, *two):
        assert frame["type"] == "conversation.item.create"
        talk.adds(frame["item"]["id"])
    talk.heard("item_u2")
    talk.begins("resp_2")
    talk.ends("resp_2")
    assert "response.create" not in talk.kinds()


def test_results_that_it_does_not_know_are_asked_about_after_it() -> None:
    talk = Talk()
    spoken(talk)
    talk.calls("c1")
    talk.ends()
    talk.hears("item_u2")
    talk.heard("item_u2")
    talk.begins("resp_2")
    assert kinds(talk.does(answer("c1"))) == ["item.create"]
    first = len(talk.sent)
    talk.ends("resp_2")
    assert kinds(talk.sent[first:]) == ["response.create"]


def test_a_turn_that_gets_no_response_does_not_hold_results_up() -> None:
    for ends in ("input_audio_buffer.cleared", "words"):
        talk = Talk()
        spoken(talk)
        talk.calls("c1")
        talk.ends()
        talk.hears("item_u2")
        assert kinds(talk.does(answer("c1"))) == ["item.create"]
        first = len(talk.sent)
        talk.heard("item_u2")
        if ends == "words":
            words(talk, "…", "item_u2")
        else:
            talk.says(ends)
        assert kinds(talk.sent[first:]) == ["response.create"]


def test_a_question_that_crosses_the_server_s_own_response_is_answered_by_it() -> None:
    talk = Talk()
    talk.hears()
    item, create = talk.does(SendText(text="and the time?"))
    talk.heard()
    talk.adds(item["item"]["id"])
    talk.begins("resp_own")
    refuse(talk, create)
    first = len(talk.sent)
    talk.ends("resp_own")
    assert talk.sent[first:] == []
