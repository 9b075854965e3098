"""What is read from an input is what was put, typed and pasted, whatever is painted for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.events import Paste

from tui.dashboard.common.text_entry import Editor, TextEntry
from tui.dashboard.setup.fields import LongField, TextField

ODD = "a\r\nb\rc\u2028d\x85e\x0bf\x1b[2J\u202eg\u200bh\tm\u00a0\u3000\u0645\u200c\u06cc\x9b\ud83d"
ANY = st.text(st.characters() | st.sampled_from("\n\r\t\x85\u2028\u200d\u202e\x1b\ud800\udfff"))


class Inputs(App[None]):
    def compose(self) -> ComposeResult:
        yield TextEntry(id="entry")
        yield Editor(ODD, id="editor")
        yield LongField("prompt", "prompt", lambda _: "", id="long")
        yield TextField("first", "first", lambda _: "", id="field")

    def painted(self) -> str:
        return "\n".join(strip.text for strip in self.screen._compositor.render_strips())


async def test_only_what_is_touched_changes() -> None:
    async with Inputs().run_test(size=(120, 40)) as pilot:
        editor = pilot.app.query_one("#editor", Editor)
        assert editor.text == ODD
        long = pilot.app.query_one("#long", LongField)
        long.put(ODD)
        assert long.value == ODD
        for box in (editor, long.editor()):
            box.focus()
            await pilot.press(*["down"] * 9, "end", "!", "?", "backspace")
        assert editor.text == ODD + "!"
        assert long.value == ODD + "!"
        editor.select_all()
        assert editor.selected_text == ODD + "!"
        editor.undo()
        field = pilot.app.query_one("#field", TextField)
        field.put(ODD)
        assert field.value == ODD
        field.editor().focus()
        await pilot.press("end", "!")
        assert field.value == ODD + "!"


async def test_nothing_that_acts_is_painted() -> None:
    app = Inputs()
    async with app.run_test(size=(120, 40)) as pilot:
        app.query_one("#entry", TextEntry).focus()
        app.post_message(Paste(ODD.replace("\ud83d", "")))
        await pilot.pause()
        painted = app.painted()
        assert "a↵b↵c d�e␋f␛[2J·g·h m" in painted
        assert "c d�e␋f␛[2J·g·h" in painted.replace("↵", "")
        assert not set(painted) & set("\x1b\x85\u2028\u202e\x9b\x0b\u200b")


async def test_a_key_that_writes_something_unusual() -> None:
    app = Inputs()
    async with app.run_test() as pilot:
        for name in ("#entry", "#editor"):
            box = app.query_one(name)
            box.focus()
            assert box.check_consume_key("zero_width_non_joiner", "\u200c")
            assert box.check_consume_key("slash", None)
            assert not box.check_consume_key("ctrl+t", "\x14")
            assert not box.check_consume_key("escape", "\x1b")
        await pilot.pause()


@pytest.mark.parametrize("start", ["", "x\n"])
@given(text=ANY)
def test_the_editor_gives_back_any_text(start: str, text: str) -> None:
    editor = Editor(start + text)
    assert editor.text == start + text
    assert all(len(line) == len(editor.get_line(n)) for n, line in enumerate(editor.document.lines))
