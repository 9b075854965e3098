"""ElevenLabs Agents as a provider: the parts of this folder, put together."""

from collections.abc import Mapping

from tui.provider import Capabilities, Provider, SecretShapes, Section
from tui.providers.elevenlabs.catalogue import CATALOGUE
from tui.providers.elevenlabs.check import check_frame, templates
from tui.providers.elevenlabs.client_events import SENT_KINDS
from tui.providers.elevenlabs.closes import meaning_of_close
from tui.providers.elevenlabs.codec import ElevenLabsCodec
from tui.providers.elevenlabs.endpoint import (
    AGENT_ID_ENV,
    ENDPOINT,
    OPTIONS,
    SIGNATURE,
    ElevenLabs,
)
from tui.providers.elevenlabs.scenario import write_scenario
from tui.providers.elevenlabs.setup_fields import FIELDS, preflight
from tui.providers.elevenlabs.summary import summarize


def _ready(section: Section, environment: Mapping[str, str]) -> bool:
    return bool(section.whom and environment.get(section.api_key_env))


PROVIDER = Provider(
    name="elevenlabs",
    codec=ElevenLabsCodec,
    summarize=summarize,
    endpoint=ENDPOINT,
    section=ElevenLabs,
    options=OPTIONS,
    environment={AGENT_ID_ENV: "agent_id"},
    ready=_ready,
    capabilities=Capabilities(
        vad_score=True, context=True, feedback=True, files=True, sent_kinds=SENT_KINDS
    ),
    fields=FIELDS,
    catalogue=CATALOGUE,
    preflight=preflight,
    closes=meaning_of_close,
    secrets=SecretShapes(headers=("xi-api-key",), parameters=(SIGNATURE,), members=("secret__",)),
    check=check_frame,
    templates=templates,
    scenario=write_scenario,
)
