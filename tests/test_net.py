"""Addresses of an API as people write them: they work, or one sentence says what is wrong."""

import pytest

from tui.net import BadAddress, base_address, is_loopback, without_login


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("HTTP://127.0.0.1:8000", "http://127.0.0.1:8000"),
        (" https://api.example.com \n", "https://api.example.com"),
        ("ws://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("WSS://api.example.com", "https://api.example.com"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("localhost:8000", "http://localhost:8000"),
        ("[::1]:8000", "http://[::1]:8000"),
        ("api.example.com", "https://api.example.com"),
        ("api.example.com:8443/voice/", "https://api.example.com:8443/voice"),
        ("http://localhost:8000/v1/convai/conversation", "http://localhost:8000"),
        ("https://gate.example.com/el/v1/", "https://gate.example.com/el"),
        ("https://bücher.example", "https://bücher.example"),
    ],
)
def test_an_address_that_can_be_meant_works(written: str, read: str) -> None:
    assert base_address(written) == read


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("http://127.0.0.1:99999", "from 0 to 65535"),
        ("http://127.0.0.1:http", "from 0 to 65535"),
        ("http://[::1:8000", "in brackets"),
        ("http://[zz]:8000", "in brackets"),
        ("[::1:8000", "in brackets"),
        ("http://", "no host"),
        ("http://exa mple.com", "no host"),
        ("http://a..b", "no name of a host"),
        ("ftp://example.com", "begin with https://"),
        ("http://127.0.0.1:8000?x=1", "without what follows"),
        ("http://127.0.0.1:8000/#top", "without what follows"),
    ],
)
def test_what_is_no_address_is_said_with_it(written: str, said: str) -> None:
    with pytest.raises(BadAddress) as refused:
        base_address(written)
    assert said in str(refused.value) and written in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "written", ["http://me:geheim@h:99999", "me:geheim@h:99999", "x://me:geheim@h", "//me:geheim@h"]
)
def test_no_password_is_in_what_is_said(written: str) -> None:
    with pytest.raises(BadAddress) as refused:
        base_address(written)
    assert "geheim" not in str(refused.value)
    assert without_login("https://me:geheim@h/a@b") == "https://h/a@b"


def test_what_is_on_this_machine() -> None:
    near = ("http://localhost:1", "ws://127.9.9.9", "http://[::1]")
    assert all(map(is_loopback, near))
    assert not any(map(is_loopback, ("https://localhost.example", "http://10.0.0.1", "x")))
