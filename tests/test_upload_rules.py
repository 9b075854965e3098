"""Which file is meant by a path as terminals and file managers write it, and what kind it is."""

from pathlib import Path
from urllib.parse import quote

import pytest

from tui.upload_rules import FileMissing, FileRefused, examine, kind_of

SHOT = "Shot at 9.41\u202fAM.png"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("two words.png", SHOT, "it's 100%.png", 'a\'b "c".png', "cafe\u0301.png"):
        (tmp_path / name).write_bytes(PNG)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("{}/two words.png", "two words.png"),
        ("'{}/two words.png'", "two words.png"),
        ('"{}/two words.png" ', "two words.png"),
        ("{}/two\\ words.png\n", "two words.png"),
        ("\u202a{}/two words.png\u202c", "two words.png"),
        ("\ufeff'{}/two words.png'\r\n", "two words.png"),
        ("~/two\\ words.png", "two words.png"),
        ("file://{}/two%20words.png", "two words.png"),
        ("file://localhost{}/two%20words.png\n", "two words.png"),
        ("FILE:{}/two%20words.png", "two words.png"),
        ("'file://{}/two%20words.png'", "two words.png"),
        ("file://{}/" + quote(SHOT), SHOT),
        ("{}/" + SHOT, SHOT),
        ("{}/" + SHOT.replace("\u202f", " "), SHOT),
        ("'{}/" + SHOT + "'", SHOT),
        ("{}/it\\'s\\ 100%.png", "it's 100%.png"),
        ("'{}/it'\\''s 100%.png'", "it's 100%.png"),
        ("{}/it's 100%.png", "it's 100%.png"),
        ("file://{}/it's%20100%25.png", "it's 100%.png"),
        ('{}/a\'b "c".png', 'a\'b "c".png'),
        ("{}/caf\u00e9.png", "cafe\u0301.png"),
    ],
)
def test_a_file_that_is_dragged_into_a_terminal(folder: Path, written: str, name: str) -> None:
    assert examine(written.replace("{}", str(folder))).path == str(folder / name)


def test_a_name_is_first_of_all_itself(folder: Path) -> None:
    for name in ("'two words.png'", " two words.png ", "two\\ words.png"):
        (folder / name).write_bytes(PNG)
        assert examine(f"{folder}/{name}").path == str(folder / name)


def test_what_is_no_file_of_this_machine(folder: Path) -> None:
    with pytest.raises(FileMissing, match="2 files; one at a time"):
        examine(f"'{folder}/two words.png' {folder}/it\\'s\\ 100%.png")
    with pytest.raises(FileRefused, match="an address"):
        examine("https://example.org/a.png")
    with pytest.raises(FileMissing, match="no such file"):
        examine(f"'{folder}/three words.png'")


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.webp", b"", "image/webp"),
        ("a.MD", b"", "text/markdown"),
        ("a.heic", b"", "image/heic"),
        ("a.csv", b"", "text/csv"),
        ("notes", "Grüße".encode(), "text/plain"),
        ("a.yaml", b"a: 1\n", "text/plain"),
        ("a.json", b"{}", "text/plain"),
        ("long", b"x" * 4095 + "ü".encode(), "text/plain"),
        ("clip", PNG + bytes(9), "image/png"),
        ("page", b"%PDF-1.7", "application/pdf"),
    ],
)
def test_kinds_without_a_table_of_types(tmp_path: Path, name: str, data: bytes, kind: str) -> None:
    (tmp_path / name).write_bytes(data)
    assert kind_of(str(tmp_path / name)) == kind


@pytest.mark.parametrize(
    ("name", "data"), [("a.mp3", b"ID3"), ("a", b"\0\1"), ("a.zip", b"PK\3\4\0")]
)
def test_what_agents_do_not_take(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(FileRefused, match="agents take images"):
        kind_of(str(tmp_path / name))
