"""Secrets never reach the file, in whatever form they come."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.journals import write_journal
from tui.events import LinkFailed
from tui.journal.reader import JournalReader
from tui.journal.record import Direction
from tui.journal.redact import MASK, Redactor

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
    writer = write_journal(path, redact=Redactor([KEY]))
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
    read = json.loads(Redactor()(json.dumps(sent)))
    assert read["dynamic_variables"] == {"secret__token": MASK, "name": "Bo"}


def test_the_longer_of_two_secrets_is_masked_whole() -> None:
    assert Redactor(["CANARY", "CANARY_AND_MORE"])("x CANARY_AND_MORE y") == f"x {MASK} y"


def test_words_of_a_conversation_are_left_alone() -> None:
    for text in ("the secret is out", "your token, please", "authorization is needed", "a=b&c=d"):
        assert Redactor(["abc"])(text) == text


@given(st.text(min_size=4, max_size=30), st.text(max_size=20), st.text(max_size=20))
def test_a_known_secret_is_gone_from_text_and_from_json(
    secret: str, before: str, after: str
) -> None:
    redact = Redactor([secret])
    if secret in MASK * 3:
        return
    assert secret not in redact(before + secret + after).replace(MASK, "")
    encoded = json.dumps({"m": before + secret + after}, ensure_ascii=False)
    assert json.dumps(secret, ensure_ascii=False)[1:-1] not in redact(encoded).replace(MASK, "")
