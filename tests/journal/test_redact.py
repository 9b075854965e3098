"""Secrets never reach the file, in whatever form they come."""

import json
from functools import partial
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.journals import write_journal
from tui.events import LinkFailed
from tui.journal.reader import JournalReader
from tui.journal.record import Direction
from tui.journal.redact import Redactor
from tui.journal.secret_places import MASK
from tui.providers import secret_shapes

redactor = partial(Redactor, shapes=secret_shapes())

KEY = 'CANARY/k+e"y\\1 é'
SIGNED = "wss://api.example/v1/convai/conversation?agent_id=a1&conversation_signature=CANARY_x-1"


def initiation(variables: dict[str, object]) -> str:
    return json.dumps(
        {"type": "conversation_initiation_client_data", "dynamic_variables": variables}
    )


LEAKS = {
    "key": f"the key {KEY} was refused",
    "key in JSON": json.dumps({"message": f"bad key {KEY}"}, ensure_ascii=False),
    "key in a URL": "https://h/x?key=" + quote(KEY, safe=""),
    "signed URL": SIGNED,
    "signed URL in JSON": json.dumps({"signed_url": SIGNED + "&source=x"}),
    "signed URL in a URL": "https://h/?next=" + quote(SIGNED, safe=""),
    "token in a URL": "wss://h/v1?agent_id=a&token=CANARY",
    "secret variable": initiation({"secret__token": "CANARY", "name": "Bo"}),
    "secret variable with quotes": initiation({"secret__token": 'a"CANARY\\"}', "name": "Bo"}),
    "secret number": initiation({"secret__pin": 12340987, "name": "Bo"}),
    "JSON in JSON": json.dumps({"debug": initiation({"secret__token": 'CANARY"x', "name": "Bo"})}),
    "header": "> xi-api-key: CANARY",
    "header in another case": "Xi-Api-Key: CANARY",
    "bearer": '{"Authorization": "Bearer CANARY"}',
    "basic": "authorization: Basic CANARY==",
    "header in JSON in JSON": json.dumps({"e": json.dumps({"authorization": "Bearer CANARY"})}),
}


@pytest.mark.parametrize("text", LEAKS.values(), ids=LEAKS)
def test_no_canary_reaches_the_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "call.jsonl"
    writer = write_journal(path, redact=redactor([KEY]))
    writer.frame(Direction.SENT, "any", text)
    writer.fact(LinkFailed(reason=text, advice=text))
    writer.frame(Direction.RECEIVED, "audio", text + "AAAA", audio=bytes(3))
    written = path.read_bytes()
    assert b"CANARY" not in written
    assert b"12340987" not in written
    reader = JournalReader.open(path)
    assert reader.header(1).redacted
    assert MASK in reader.text(1)
    assert reader.text(3).endswith("AAAA")
    if '"Bo"' in text:
        assert '"Bo"' in reader.text(1)


def test_a_redacted_frame_is_still_the_frame_it_was() -> None:
    sent = json.loads(initiation({"secret__token": 'CANARY",\\', "name": "Bo"}))
    read = json.loads(redactor()(json.dumps(sent)))
    assert read["dynamic_variables"] == {"secret__token": MASK, "name": "Bo"}


def test_the_longer_of_two_secrets_is_masked_whole() -> None:
    assert redactor(["CANARY", "CANARY_AND_MORE"])("x CANARY_AND_MORE y") == f"x {MASK} y"


HARMLESS = (
    "the secret is out",
    "your token, please",
    "a=b&c=d",
    '{"authorization": true, "seats": 2}',
    '{"authorization": {"by": "desk", "level": 2}}',
    '{"authorization": "granted"}',
    '{"authorization": "PA123456", "n": 1.0e3}',
    '{"agent_response": "Prior authorization: granted, until May."}',
    '{"agent_response": "authorization: basic training; xi-api-key: required"}',
    '{"agent_response": "see secret__key: aaaa", "other": ["secret__x", null]}',
    '{"type":"ping","ping_event":{"event_id":1000,"ping_ms":12345678901}}',
    '{ "type" : "agent_response" , "t":"a test, an agent, a \\u00e4 \\/ \\ud83d" }',
    "mail me@example.com or see https://example.com/@me:x",
)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_a_secret_is_left_alone(text: str) -> None:
    assert redactor(["test", "agent", "1000", "12345678", "agent_response"])(text) == text


def test_a_short_value_is_hidden_where_it_is_named_and_nowhere_else() -> None:
    for value, masked in (('"1000"', '"***"'), ("1000", '"***"'), ('{"a":[1,"}"]}', '"***"')):
        frame = '{"type":"x", "v":{"secret__pin" : %s,"n":"a"},"event_id":1000}'
        assert redactor(["1000"])(frame % value) == frame % masked
        quoted = json.dumps(frame % value)
        assert json.loads(redactor(["1000"])(quoted)) == frame % masked


SECRET = 'p\u00e4ss/w+rt "\\ \U0001f600-CANARY'
WRITTEN = {
    "as it is": SECRET,
    "JSON": json.dumps(SECRET),
    "JSON of its own letters": json.dumps(SECRET, ensure_ascii=False),
    "JSON in capitals": json.dumps(SECRET).replace("\\u00e4", "\\u00E4"),
    "slashes escaped": json.dumps(SECRET).replace("/", "\\/"),
    "plus escaped": json.dumps(SECRET).replace("+", "\\u002b").replace('\\"', "\\u0022"),
    "every letter escaped": "".join(
        "\\u" + SECRET.encode("utf-16-be")[i : i + 2].hex()
        for i in range(0, len(SECRET.encode("utf-16-be")), 2)
    ),
    "JSON twice": json.dumps(json.dumps(SECRET)),
    "JSON three times": json.dumps(json.dumps(json.dumps({"a": SECRET}))),
    "percent": quote(SECRET),
    "percent, all": quote(SECRET, safe=""),
    "percent, twice": quote(quote(SECRET, safe=""), safe=""),
    "small percent": quote(SECRET, safe="").lower().replace("canary", "CANARY"),
    "a form": quote_plus(SECRET),
    "percent in JSON": json.dumps({"u": "https://h/?x=" + quote_plus(SECRET)}),
    "JSON in percent": quote(json.dumps(SECRET)),
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
def test_a_secret_is_known_however_it_is_written(written: str) -> None:
    redact = redactor([SECRET])
    assert "CANARY" not in redact(f"before {written} after")
    frame = json.dumps({"before": "b\u00e4", "text": f"a {written} b", "after": [1.50, "x/y"]})
    masked = redact(frame)
    assert "CANARY" not in masked and "u0043" not in masked.lower()
    assert json.loads(masked) | {"text": 0} == json.loads(frame) | {"text": 0}
    assert masked.endswith(frame[-20:])


def test_a_secret_of_digits_is_hidden_as_a_number_too() -> None:
    redact = redactor(["48151623"])
    text = '{"pin": 48151623, "say": "48151623, \\"x\\"", "n": [48151623.5, 148151623, 48151623]}'
    assert redact(text) == (
        '{"pin": "***", "say": "***, \\"x\\"", "n": [48151623.5, 148151623, "***"]}'
    )


def test_passwords_in_urls() -> None:
    for url, said in {
        "http://me:s3cret@proxy:3128/": "http://me:***@proxy:3128/",
        r'{"e":"https:\/\/me:p@ss@h\/x"}': r'{"e":"https:\/\/me:***@h\/x"}',
    }.items():
        assert redactor()(url) == said


def test_what_goes_to_an_agent_is_changed_where_it_holds_a_secret_of_ours_alone() -> None:
    redact = redactor(["CANARY_OF_OURS"])
    foreign = '{"url":"https://shop/?token=abc123","authorization":"Bearer their-own-1"}'
    assert redact.ours(foreign) == foreign != redact(foreign)
    assert redact.ours('{"k": "CANARY_OF_OURS"}') == '{"k": "***"}'


def test_what_stands_behind_the_audio_of_a_frame_is_masked_as_well(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    writer = write_journal(path, redact=redactor(["CANARY_OF_OURS"]))
    before, after = (
        '{"a":"CANARY_OF_OURS","audio":"',
        '","secret__x":"CANARY","k":"CANARY_OF_OURS"}',
    )
    writer.frame(Direction.RECEIVED, "audio", before + "AAAA" + after, audio=bytes(3))
    assert b"CANARY" not in path.read_bytes()
    text = JournalReader.open(path).text(1)
    assert text == '{"a":"***","audio":"AAAA","secret__x":"***","k":"***"}'


MANY = 100_000
HOSTILE = {
    "variable": "see secret__key: " + "a" * MANY,
    "backslashes": "see secret__key: " + "\\" * MANY,
    "quoted names": '"secret__' * MANY,
    "open string": '"secret__k":"' + '\\"' * MANY,
    "brackets": '"secret__k":' + "[" * MANY,
    "members": '{"secret__k":1,' * MANY,
    "paths": "authorization of the shares: " + ("\\" * 8 + "srv") * MANY,
    "header": "authorization: bearer " * MANY,
    "queries": "&token=" * MANY,
    "logins": "http://a:b@" * MANY,
    "escapes": "\\u0043" * MANY,
    "broken escapes": "\\u" * MANY,
    "percents": "%43" * MANY + "%" * MANY + "%" + "25" * MANY,
    "the secret": "CANARYCANARY" * MANY,
    "nested": '{"a":' * MANY + "1" + "}" * MANY,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_masking_takes_time_in_proportion_to_the_text(text: str) -> None:
    """Steps in the square of the length would take hours for these."""
    redact = redactor(["CANARYCANARY", SECRET])
    for hostile in (text, json.dumps({"text": text})):
        masked = redact(hostile)
        assert "CANARYCANARY" not in masked
        if hostile is not text:
            json.loads(masked)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["CANARY-1234", "authorization: Basic abc123=", "x=1&token=y2", '"', "\\"])
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["secret__a", "authorization", "xi-api-key", "type", "n", "CANARY-1234"]
            ),
            inner,
            max_size=3,
        )
        | inner.map(json.dumps)
    ),
    max_leaves=12,
)


@given(JSON)
def test_json_stays_json_and_nothing_else_is_changed(value: object) -> None:
    masked = json.loads(redactor(["CANARY-1234"])(json.dumps(value)))
    assert "CANARY-1234" not in json.dumps(masked)
    if not any(
        word in json.dumps(value) for word in ("CANARY", "secret__", "xi-api", "Basic", "=")
    ):
        assert masked == value


@given(st.text(min_size=8, max_size=30), st.text(max_size=20), st.text(max_size=20))
def test_a_known_secret_is_gone_from_text_and_from_json(
    secret: str, before: str, after: str
) -> None:
    secret = secret.strip().strip("\"'\\")
    if len(secret) < 8 or set(secret) == {"*"}:
        return
    if secret.isdigit() and (before[-1:].isdigit() or after[:1].isdigit()):
        return  # a part of a longer number, which is another one
    redact = redactor([secret])
    assert secret not in redact(before + secret + after).replace(MASK, "")
    encoded = json.dumps({"m": before + secret + after}, ensure_ascii=False)
    masked = redact(encoded)
    json.loads(masked)
    assert json.dumps(secret, ensure_ascii=False)[1:-1] not in masked.replace(MASK, "")
