"""Dynamic variables as they are typed, pasted and kept in files."""

from pathlib import Path

import pytest

from tui.setup import Setup
from tui.variables import variables

OBJECT = {"name": "Bo", "n": 7, "vip": True, "none": None, "items": [["tea", 2], {"a": [1]}]}
JSON = """{
  "name": "Bo", "n": 7, "vip": true, "none": null,
  "items": [["tea", 2], {"a": [1]}]
}"""


@pytest.mark.parametrize(
    ("text", "separator", "found"),
    [
        ("name=value", "", {"name": "value"}),
        ("a=b=c; d", "", {"a": "b=c; d"}),
        ("a= x ", "", {"a": " x "}),
        (" a = 1; b=2;", ";", {"a": "1", "b": "2"}),
        (JSON, "", OBJECT),
        (f"\n{JSON}\n", ";", OBJECT),
        ("{}", "", {}),
    ],
)
def test_what_is_given_is_taken(text: str, separator: str, found: object) -> None:
    assert variables(text, separator=separator) == found


@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf"])
def test_a_file_holds_one_object(tmp_path: Path, prefix: bytes) -> None:
    path = tmp_path / "my vars.json"
    path.write_bytes(prefix + JSON.encode())
    assert variables(f"@{path}") == variables(f"@'{path}'", separator=";") == OBJECT


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name", "NAME=VALUE"),
        ("=x", "NAME=VALUE"),
        ('{"a": {"b": 1}}', "a: text, a number, true, false, null or a list"),
        ('{"a": 1, "a": 2}', "a is there twice"),
        ('{"": 1}', "without a name"),
        ('{"a": NaN}', "JSON has no NaN"),
        ('{"a": 1,}', "no JSON from character 9"),
        ('{"a":' + "[" * 100_000, "nested too deep"),
        ("@/never/there.json", "no file /never/there.json"),
        ("@/dev/zero", "no file /dev/zero"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("[", r"\[")):
        variables(text)


def test_secrets_are_found_in_lists() -> None:
    setup = Setup(dynamic_variables={"secret__keys": ["one", [{"k": "two"}], None], "a": "b"})
    assert sorted(setup.secrets) == ["one", "two"]
