"""What a conversation costs by each provider's tables, and by the user's own."""

from pathlib import Path
from typing import Any

from msgspec.structs import replace

from tui.catalogue import AgentCard
from tui.events import Priced
from tui.provider import Access, PriceQuery
from tui.providers import provider_of
from tui.providers.elevenlabs.endpoint import ElevenLabs
from tui.providers.elevenlabs.models import calculated
from tui.setup import Setup

OPENAI = PriceQuery(access=Access(base_url="https://api.openai.com", whom="gpt-realtime-2.1"))
ELEVEN = PriceQuery(
    access=Access(base_url="https://api.elevenlabs.io", whom="agent_1", key="k"),
    card=AgentCard(id="agent_1", name="", llm="gpt-4o-mini"),
)


def prices(provider: str, query: PriceQuery) -> list[Priced]:
    return list(provider_of(provider).prices(query))


def at(query: PriceQuery, **access: Any) -> PriceQuery:
    return replace(query, access=replace(query.access, **access))


def test_model_and_transcriber_of_openai_with_date_and_source() -> None:
    model, transcriber = prices("openai", OPENAI)
    assert (model.model, model.audio, model.text) == (
        "gpt-realtime-2.1",
        (32, 0.4, 64),
        (4, 0.4, 24),
    )
    assert (transcriber.model, transcriber.part) == ("gpt-live-transcribe", "transcript")
    assert transcriber.minute == 0.017
    assert all(one.date and one.source for one in (model, transcriber))
    chosen = Setup(options={"transcription": "none"})
    assert len(prices("openai", at(OPENAI, setup=chosen))) == 1
    (named,) = prices("openai", replace(OPENAI, named="gpt-4o-transcribe"))
    assert (named.part, named.audio) == ("transcript", (2.5, 2.5, 0))
    (unknown,) = prices("openai", replace(OPENAI, named="gpt-of-tomorrow"))
    assert unknown.is_empty and unknown.model == "gpt-of-tomorrow"


def test_another_server_is_not_charged_by_openais_list_but_by_the_users(tmp_path: Path) -> None:
    elsewhere = at(OPENAI, base_url="http://127.0.0.1:8000")
    assert all(one.is_empty for one in prices("openai", elsewhere))
    (tmp_path / "models-openai.toml").write_text(
        'date = "2026-11-01"\nmodels = [{ id = "gpt-realtime-2.1", audio = [1, 0.1, 2] }]\n'
    )
    model = prices("openai", replace(elsewhere, folder=tmp_path))[0]
    assert (model.audio, model.date, model.source) == (
        (1, 0.1, 2),
        "2026-11-01",
        "models-openai.toml",
    )
    assert prices("openai", replace(OPENAI, folder=tmp_path))[0].audio == (1, 0.1, 2)


def test_a_minute_of_elevenlabs_is_the_plans_and_the_language_models() -> None:
    plan, llm = prices("elevenlabs", ELEVEN)
    assert (plan.part, plan.minute, llm.part, llm.minute) == ("plan", 0.08, "llm", 0.0097)
    assert all(one.date and one.source for one in (plan, llm))
    own, _ = prices("elevenlabs", at(ELEVEN, section=ElevenLabs(per_minute=0.1)))
    assert (own.minute, own.date) == (0.1, "")
    _, other = prices("elevenlabs", at(ELEVEN, setup=Setup(llm="gpt-5.1")))
    assert other.is_empty and other.model == "gpt-5.1"
    texts, _ = prices("elevenlabs", at(ELEVEN, setup=Setup(text_only=True)))
    assert texts.is_empty
    _, nobody = prices("elevenlabs", replace(ELEVEN, card=None))
    assert nobody.is_empty
    assert all(one.is_empty for one in prices("elevenlabs", at(ELEVEN, base_url="http://[::1]:1")))


def test_elevenlabs_own_reckoning_is_read_for_the_agents_model_alone() -> None:
    question = calculated(at(ELEVEN, setup=Setup(prompt="Be brief.")))
    assert question and question.request.path == "/v1/convai/agent/agent_1/llm-usage/calculate"
    assert question.request.json == {"prompt_length": 9}
    answer = {
        "llm_prices": [
            {"llm": "gpt-4o", "price_per_minute": 2.75},
            {"llm": "gpt-4o-mini", "price_per_minute": 0.011},
            {"llm": "gpt-4o-mini", "price_per_minute": -1},
        ]
    }
    assert [(one.part, one.minute) for one in question.read(answer)] == [("llm", 0.011)]
    assert calculated(at(ELEVEN, key="")) is None
