"""How a server is reached: address, headers, who is asked for what; and what is never sent."""

from collections.abc import Callable

import msgspec
import pytest

from tui.errors import LinkError
from tui.net import base_address
from tui.provider import Access, Ready
from tui.providers.openai.endpoint import API, ENDPOINT, OpenAI

KEY = "sk-proj-canary0123456789"


def access(base: str = API, key: str = KEY, whom: str = "gpt-realtime-2.1", **more: str) -> Access:
    section = msgspec.convert(more, OpenAI)
    return Access(base_url=base, key=key, key_name="OPENAI_API_KEY", whom=whom, section=section)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://api.openai.com", "wss://api.openai.com/v1/realtime"),
        ("https://api.openai.com/v1/", "wss://api.openai.com/v1/realtime"),
        ("wss://h.example/v1/realtime", "wss://h.example/v1/realtime"),
        ("wss://h.example/openai/v1", "wss://h.example/openai/v1/realtime"),
        ("ws://127.0.0.1:8000/v1", "ws://127.0.0.1:8000/v1/realtime"),
        ("http://localhost:8000", "ws://localhost:8000/v1/realtime"),
        ("127.0.0.1:8000", "ws://127.0.0.1:8000/v1/realtime"),
        ("h.example", "wss://h.example/v1/realtime"),
    ],
)
def test_any_way_to_write_an_address_leads_to_the_socket(given: str, url: str) -> None:
    dial = ENDPOINT.dial(access(base_address(given)))
    assert dial.url == f"{url}?model=gpt-realtime-2.1"


def test_the_key_and_who_pays_travel_in_headers_and_nothing_of_the_beta() -> None:
    dial = ENDPOINT.dial(access(organization="org-1", project="proj_1", whom="my model/1"))
    assert dial.headers == {
        "Authorization": f"Bearer {KEY}",
        "OpenAI-Organization": "org-1",
        "OpenAI-Project": "proj_1",
    }
    assert dial.url.endswith("?model=my+model%2F1") and dial.subprotocols == ()
    assert KEY not in dial.url and not dial.is_plain


def test_without_a_key_nothing_is_sent_nor_asked_for_where_an_address_is_given() -> None:
    dial = ENDPOINT.dial(access("http://127.0.0.1:8000", key=""))
    assert dial.headers == {}
    assert ENDPOINT.dial(access("http://10.0.0.5:8000", key="")).is_plain


def test_without_key_and_address_one_sentence_says_what_to_do() -> None:
    with pytest.raises(LinkError) as error:
        ENDPOINT.dial(access(key=""))
    said = f"{error.value.reason}; {error.value.advice}"
    for words in ("API key", "OPENAI_API_KEY", "--base-url", "--local"):
        assert words in said


@pytest.mark.parametrize("ask", [ENDPOINT.dial, ENDPOINT.credential])
def test_a_key_never_travels_in_the_clear(ask: Callable[[Access], object]) -> None:
    with pytest.raises(LinkError) as error:
        ask(plain())
    assert "10.0.0.5:8000 is not encrypted" in error.value.reason
    assert "OPENAI_API_KEY" in error.value.reason and "wss://" in error.value.advice
    assert "pass" not in error.value.reason


def plain() -> Access:
    given = access("http://me:pass@10.0.0.5:8000")
    return msgspec.structs.replace(given, section=OpenAI(mint=True))


# ── Client secrets ───────────────────────────────────────────────────────────────────────────────


def minting(key: str = KEY, **more: str) -> Access:
    section = msgspec.structs.replace(msgspec.convert(more, OpenAI), mint=True)
    return msgspec.structs.replace(access(key=key), section=section)


def test_a_client_secret_is_had_by_the_key_and_used_in_its_place() -> None:
    question = ENDPOINT.credential(minting(organization="org-1"))
    assert question is not None
    request = question.request
    assert (request.method, request.path) == ("POST", "/v1/realtime/client_secrets")
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.headers["OpenAI-Organization"] == "org-1"
    assert request.json["session"] == {"type": "realtime", "model": "gpt-realtime-2.1"}
    assert 10 <= request.json["expires_after"]["seconds"] <= 7200
    for answer in ({"value": "ek_1", "expires_at": 1}, {"client_secret": {"value": "ek_1"}}):
        dial = question.read(answer)
        assert dial.headers == {"Authorization": "Bearer ek_1"} and dial.secrets == ("ek_1",)
        assert dial.url == "wss://api.openai.com/v1/realtime?model=gpt-realtime-2.1"


@pytest.mark.parametrize("answer", [{}, [], None, {"value": 1}, {"value": "ek_\r\nX: y"}])
def test_another_answer_is_none(answer: object) -> None:
    question = ENDPOINT.credential(minting())
    assert question is not None
    with pytest.raises(ValueError, match="no client secret"):
        question.read(answer)


@pytest.mark.parametrize(
    ("status", "said"), [(401, "was refused"), (404, "openai.mint = false"), (400, "--model")]
)
def test_a_refusal_to_mint_says_what_helps(status: int, said: str) -> None:
    question = ENDPOINT.credential(minting())
    assert question is not None
    told = question.refused(status, f"HTTP {status}")
    assert told is not None and said in "; ".join(told)
    assert question.refused(500, "HTTP 500") is None


def test_nothing_is_minted_unasked_nor_by_a_secret() -> None:
    assert ENDPOINT.credential(access()) is None
    assert ENDPOINT.credential(minting(key="ek_given")) is None
    assert ENDPOINT.credential(minting(key="")) is None
    assert ENDPOINT.dial(minting(key="ek_given")).headers["Authorization"] == "Bearer ek_given"


@pytest.mark.parametrize(
    ("whom", "model"), [("local", "gpt-realtime-2.1"), ("gpt-realtime-mini", "gpt-realtime-mini")]
)
def test_the_embedded_agent_takes_its_token_for_a_key(whom: str, model: str) -> None:
    ready = Ready(url="http://127.0.0.1:9000", token="t")
    given = access("http://127.0.0.1:9000", key="t", whom=whom)
    dial = ENDPOINT.embedded(given, ready)
    assert dial is not None and dial.url == f"ws://127.0.0.1:9000/v1/realtime?model={model}"
    assert dial.headers == {"Authorization": "Bearer t"}


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, "OPENAI_API_KEY"), (403, "project"), (404, "gpt-realtime-2.1"), (400, "GA")],
)
def test_a_handshake_that_is_refused_says_what_helps(status: int, said: str) -> None:
    assert said in ENDPOINT.dial(access()).refused[status]
