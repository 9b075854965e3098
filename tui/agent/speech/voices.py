"""The voices that can be asked for, by id, and which package speaks each. Knows names only."""

import msgspec

from tui.agent.responder.languages import base


class VoiceInfo(msgspec.Struct, frozen=True, kw_only=True):
    voice_id: str
    name: str
    engine: str
    """hibari or nanotts."""
    engine_voice: str
    """Its name there."""
    language: str
    accent: str
    gender: str
    description: str


def _pico(code: str, name: str, accent: str) -> VoiceInfo:
    return VoiceInfo(
        voice_id=f"pico-{code.lower()}",
        name=name,
        engine="nanotts",
        engine_voice=code,
        language=base(code),
        accent=accent,
        gender="female",
        description=f"SVOX Pico, {code}: small and plain.",
    )


VOICES = (
    VoiceInfo(
        voice_id="heart",
        name="Heart",
        engine="hibari",
        engine_voice="heart",
        language="en",
        accent="american",
        gender="female",
        description="A neural voice, English only.",
    ),
    _pico("en-US", "Pico US", "american"),
    _pico("en-GB", "Pico GB", "british"),
    _pico("de-DE", "Pico Deutsch", "german"),
    _pico("es-ES", "Pico Español", "peninsular"),
    _pico("fr-FR", "Pico Français", "parisian"),
    _pico("it-IT", "Pico Italiano", "italian"),
)
_BY_ID = {voice.voice_id: voice for voice in VOICES}


def voice_for(voice_id: str | None, language: str) -> VoiceInfo:
    """The voice of that id; the first one of the language for an id that is not here."""
    found = _BY_ID.get(voice_id or "")
    return found or next((v for v in VOICES if v.language == base(language)), VOICES[0])
