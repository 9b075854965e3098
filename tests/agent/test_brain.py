"""What is answered to what."""

from datetime import date, datetime, time

import msgspec
import pytest

from tui.agent.profile import AgentTool
from tui.agent.responder.number_words import date_words, number_words, read_digits, time_words
from tui.agent.responder.replies import CallTool, EndCall, Say
from tui.agent.responder.responder import HELP, NOTES, STORY, Responder
from tui.agent.responder.triggers import arguments_for

NOW = datetime(2026, 3, 3, 17, 10)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("What time is it?", "It is ten past five."),
        ("could you tell me the time please", "It is ten past five."),
        ("What day is it?", "Today is Tuesday, the third of March, twenty twenty-six."),
        ("what's today's date", "Today is Tuesday, the third of March, twenty twenty-six."),
        ("What is twelve times seven?", "That is eighty-four."),
        ("What's 12 x 7?", "That is eighty-four."),
        ("12*7", "That is eighty-four."),
        ("two plus three times four", "That is fourteen."),
        ("What is twenty-one minus four?", "That is seventeen."),
        ("what's 5-8", "That is minus three."),
        ("Stop what is too-plus, too.", "That is four."),
        ("10 / 4", "That is two point five."),
        ("one hundred divided by three", "That is thirty-three point three three."),
        ("two hundred and five plus 1,000", "That is one thousand two hundred and five."),
        ("7 divided by 0", "Nothing can be divided by zero."),
        ("999999999999999 times 999999999999999", "That is more than I can count."),
        ("Say, the quick brown fox.", "The quick brown fox."),
        ("Please repeat after me: Hello World", "Hello World"),
        ("Tell me a story.", STORY),
        ("Help!", HELP),
        ("Stop it, please.", "All right, I will stop."),
        ("Stop, what is two plus two?", "That is four."),
        ("Good morning", "Hello! How can I help you?"),
        ("Where is my order?", "Which order shall I check? Please tell me its number."),
        ("", "I am listening."),
        ("four times", "I did not understand that. Say help to hear what I can do."),
        ("xyzzy " * 1_000_000, "I did not understand that. Say help to hear what I can do."),
    ],
    ids=lambda text: text[:30],
)
def test_answers(said: str, answer: str) -> None:
    assert Responder(lambda: NOW).respond(said) == Say(answer)


@pytest.mark.parametrize(
    "said",
    [
        "Check order 1009.",
        "check order one thousand and nine",
        "Please look up order number one oh oh nine, please.",
        "what is the status of order ten oh nine?",
        "Track order 1,009",
        "find order 10 09",
    ],
)
def test_an_order_is_looked_up_by_the_client(said: str) -> None:
    assert Responder().respond(said) == CallTool("lookup_order", {"id": "1009"})


@pytest.mark.parametrize(
    ("result", "is_error", "answer"),
    [
        ('{"status": "shipped", "eta": "Monday"}', False, "Order 7: status shipped, eta Monday."),
        ({"ship_state": "late"}, False, "Order 7: ship state late."),
        ("It left on Monday.", False, "Order 7: It left on Monday."),
        ("boom", True, "I am sorry, I could not check order 7. Please try again later."),
    ],
)
def test_a_tool_result_is_told(result: object, is_error: bool, answer: str) -> None:
    call = CallTool("lookup_order", {"id": "7"})
    assert Responder().tool_answered(call, result, is_error) == Say(answer)


@pytest.mark.parametrize("said", ["Goodbye.", "Good-bye!", "bye", "please hang up"])
def test_goodbye_ends_the_call(said: str) -> None:
    assert isinstance(Responder().respond(said), EndCall)


def test_context_is_kept_and_replaced_by_id() -> None:
    brain = Responder()
    assert brain.respond("what do you know") == Say("Nobody has told me anything about you yet.")
    brain.learn("The user is called Bo.")
    brain.learn("Bo looks at page one.", "page")
    brain.learn("Bo looks at page two.", "page")
    assert brain.respond("What do you know?") == Say(
        "This is what I was told: The user is called Bo. Bo looks at page two."
    )


def test_only_the_newest_context_is_kept() -> None:
    brain = Responder()
    for n in range(1_000):
        brain.learn(f"Note {n}.")
    known = brain.respond("What do you know?")
    assert isinstance(known, Say)
    assert known.text.count("Note") == NOTES
    assert known.text.endswith("Note 999.")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (time(0, 0), "twelve o'clock"),
        (time(12, 15), "quarter past twelve"),
        (time(12, 30), "half past twelve"),
        (time(12, 31), "twenty-nine minutes to one"),
        (time(17, 1), "one minute past five"),
        (time(23, 45), "quarter to twelve"),
        (time(23, 55), "five to twelve"),
    ],
)
def test_times(at: time, expected: str) -> None:
    assert time_words(at) == expected


def test_dates_and_numbers() -> None:
    assert date_words(date(2008, 12, 31)) == (
        "Wednesday, the thirty-first of December, two thousand and eight"
    )
    assert date_words(date(2030, 5, 20)) == "Monday, the twentieth of May, twenty thirty"
    assert number_words(1_000_001) == "one million and one"
    assert number_words(-0.5) == "minus zero point five"
    assert read_digits(["one", "oh", "oh", "nine"]) == "1009"


@pytest.mark.parametrize(
    ("said", "parameters"),
    [
        ("one zero zero nine please", {"number": 1009}),
        ("order 10 09", {"number": 1009}),
        ("one thousand and nine", {"number": 1009}),
        ("1009.", {"number": 1009}),
        ("-3", {"number": -3}),
        ("nothing", {"number": 0}),
        ("twenty one and 2.5", {"number": 21, "share": 2.5}),
    ],
)
def test_a_tool_s_number_may_be_said_in_words(said: str, parameters: dict[str, float]) -> None:
    kinds = {"number": "integer", "share": "number"}
    wanted = {name: {"type": kinds[name]} for name in parameters}
    given = {"name": "look_up", "triggers": ["look up"], "parameters": wanted}
    assert arguments_for(msgspec.convert(given, AgentTool), said) == parameters
