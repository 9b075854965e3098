"""docs/providers.md says what each provider can do, by what its codec does."""

import pytest

from tests.providers.comparison import COMMAND, PAGE, ROWS, Row, frames, page
from tui.commands import SendText
from tui.providers import built_in, provider_of


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), f"renew it: {COMMAND}"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_a_row_is_of_use(row: Row) -> None:
    """One of them at least can do it."""
    assert any(row.can(provider) for provider in built_in())


def test_typing_ends_what_openai_is_saying_which_the_article_holds_to_be_impossible() -> None:
    sent = frames(provider_of("openai"), SendText(text="Stop."))
    assert sent[:1] == ["response.cancel"] and "conversation.item.create" in sent
