"""Sending a file, by keyboard alone at 80x24: paths, refusals, hostile names."""

import os
from pathlib import Path

import pytest

from tests.dashboard.conftest import OpenStage
from tests.dashboard.sample_call import CallScript
from tests.dashboard.stage import Stage
from tests.dashboard.test_hostile import assert_harmless
from tui import upload_rules as sendable
from tui.commands import SendFile
from tui.dashboard.sending.send_file import PathEntry, SendFileScreen
from tui.events import FileUploaded, UploadFailed
from tui.notices import CallState


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "files"
    (found / "pictures").mkdir(parents=True)
    (found / "pictures" / "cat.png").write_bytes(bytes(1200))
    (found / "report-1.pdf").write_bytes(b"%PDF-1.4")
    (found / "report-2.txt").write_text("words")
    (found / "song.mp3").write_bytes(b"ID3")
    (found / ".hidden.txt").write_text("h")
    monkeypatch.chdir(found)
    return found


async def open_form(stage: Stage, **fields: object) -> None:
    await stage.show(**fields)
    await stage.press("f8")
    await stage.until(lambda: isinstance(stage.app.screen, SendFileScreen))
    await stage.until(lambda: "pictures/" in stage.text())


async def says(stage: Stage, text: str) -> None:
    await stage.until(lambda: text in stage.text(), text)


async def test_a_picture_with_a_question(open_stage: OpenStage, sample: Path, folder: Path) -> None:
    async with open_stage(sample) as stage:
        await open_form(stage)
        await stage.press("p", "tab")
        await stage.until(lambda: "cat.png" in stage.text())
        await stage.press("tab")
        await says(stage, "cat.png: 1.2 kB, image/png")
        await stage.press("enter", *"What is it?", "enter")
        await stage.until(lambda: stage.app.screen is stage.app.screen_stack[0])
        path = str(folder / "pictures" / "cat.png")
        assert stage.backend.asked == [SendFile(path=path, text="What is it?")]


async def test_tab_goes_as_far_as_it_is_clear(
    open_stage: OpenStage, sample: Path, folder: Path
) -> None:
    async with open_stage(sample) as stage:
        await open_form(stage)
        entry = stage.app.screen.query_one(PathEntry)
        await stage.press("r", "tab")  # before the list has come, perhaps
        await stage.until(lambda: entry.value == "report-")
        await stage.until(lambda: "report-2.txt" in stage.text())
        await stage.press("down", "tab")
        await says(stage, "report-2.txt: 5 B, text/plain")
        assert ".hidden" not in stage.text()
        await stage.press("f5")
        await stage.until(lambda: stage.backend.asked != [])
        assert stage.backend.asked == [SendFile(path=str(folder / "report-2.txt"))]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("nothing-here.png", "there is no such file"),
        ("pictures", "a folder: write a / behind it"),
        ("song.mp3", "agents take images, PDF and text files, not audio/mpeg"),
        ("large.txt", "it is larger than 20 MiB"),
        ("/dev/null", "it is not a file"),
        ("a" * 300 + ".txt", "it cannot be read: File name too long"),
    ],
)
async def test_what_cannot_be_sent_is_said_before(
    open_stage: OpenStage, sample: Path, folder: Path, typed: str, said: str
) -> None:
    with (folder / "large.txt").open("wb") as file:
        file.truncate(sendable.MAX_FILE + 1)
    async with open_stage(sample) as stage:
        await open_form(stage)
        stage.app.screen.query_one(PathEntry).value = typed
        await stage.press("enter")
        await says(stage, f"! {said}")
        await stage.press("f5")
        await stage.pilot.pause()
        assert stage.backend.asked == []
        assert isinstance(stage.app.screen, SendFileScreen)


async def test_there_must_be_somebody(open_stage: OpenStage, sample: Path, folder: Path) -> None:
    async with open_stage(sample) as stage:
        await open_form(stage, state=CallState.IDLE)
        await stage.press(*"report-2.txt", "enter")
        await says(stage, "5 B, text/plain")
        await stage.press("enter")
        await says(stage, "! Not connected")
        await stage.press("escape")
        assert stage.backend.asked == []
        assert stage.app.screen is stage.app.screen_stack[0]


async def test_hostile_names(open_stage: OpenStage, sample: Path, folder: Path) -> None:
    name = "\x1b[2J\r\u202e[red].txt"
    (folder / "pictures" / name).write_text("x")
    (folder / "pictures" / os.fsdecode(b"zz\xff.txt")).write_text("x")
    async with open_stage(sample) as stage:
        await open_form(stage)
        await stage.press(*"pictures/")
        await stage.until(lambda: "cat.png" in stage.text())
        assert_harmless(stage)
        await stage.press("tab")
        await says(stage, "1 B, text/plain")
        assert_harmless(stage)
        await stage.press("f5")
        await stage.until(lambda: stage.backend.asked != [])
        assert stage.backend.asked == [SendFile(path=str(folder / "pictures" / name))]
        await stage.press("f8", *"pictures/zz", "tab")
        await says(stage, "! its name is not Unicode")
        assert_harmless(stage)


async def test_from_the_palette(open_stage: OpenStage, sample: Path, folder: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("ctrl+p")
        await stage.press(*"send a file")
        await stage.until(lambda: "an image, a PDF" in stage.text())
        await stage.press("down", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, SendFileScreen))


async def test_what_came_of_it(open_stage: OpenStage, script: CallScript) -> None:
    script.fact(FileUploaded(name="cat.png", file_id="f_1", size=1200))
    file = {"type": "file_input", "file_id": "f_1"}
    text = {"type": "user_message", "text": "What is it?"}
    script.sent({"type": "multimodal_message", "text": text, "files": [file]})
    script.fact(UploadFailed(name="dog.png", reason="the agent does not take files (422)"))
    async with open_stage(script.path, 160, 45) as stage:
        await stage.show()
        assert "cat.png, 1.2 kB, f_1" in stage.text()
        assert "What is it? [cat.png]" in stage.text()
        assert "dog.png was not uploaded" in stage.text()
