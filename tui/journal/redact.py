"""Takes secrets out of text before it is written anywhere.

Knows the values it was told and the shapes secrets have on these wires; no file, no screen.
"""

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

import msgspec

MASK = "***"
_SHAPES = (
    # The capability in a signed URL, also where an older document calls it a token.
    (re.compile(r"((?:conversation_signature|[?&]token)=)[^&\s\"'\\]+"), rf"\g<1>{MASK}"),
    (re.compile(r"(conversation_signature%3D)[^&%\s\"'\\]+", re.I), rf"\g<1>{MASK}"),
    # Dynamic variables that ElevenLabs never shows to the LLM; they carry credentials.
    # First those inside a JSON text that stands in a string of another: quotes have backslashes.
    (
        re.compile(
            r'((\\+)"secret__[^"\\]*\2"\s*:\s*)(?:\2".*?(?<!\\)\2"|[^,}\]\s\\"]+)', re.DOTALL
        ),
        rf'\g<1>\g<2>"{MASK}\g<2>"',
    ),
    (
        re.compile(r'("secret__(?:[^"\\]|\\.)*"\s*:\s*)(?:"(?:[^"\\]|\\.)*"|[^,}\]\s]+)'),
        rf'\g<1>"{MASK}"',
    ),
    (
        re.compile(
            r'((?:xi-api-key|authorization)\\*"?\s*[:=]\s*\\*"?(?:(?:bearer|basic|token) )?)'
            r'[^\s",}\\]+',
            re.I,
        ),
        rf"\g<1>{MASK}",
    ),
)
_MARKS = ("signature", "token=", "secret__", "api-key", "authorization")
MIN_SECRET = 4
"""Shorter values would blank ordinary words."""


class Redactor:
    """Replaces known secrets, in any form they take on the wire, and secret-shaped text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: list[str] = []
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Mask `secret` from now on, also as it looks in JSON and in a URL."""
        if len(secret) >= MIN_SECRET:
            escaped = _in_json(secret)
            # Twice: an error may quote a whole frame, and is then put into a JSON text itself.
            forms = {secret, escaped, escaped.replace("/", "\\/"), _in_json(escaped)}
            forms |= {quote(secret, safe=""), quote(secret), quote_plus(secret)}
            # The longest first: a secret may be the beginning of another.
            self._forms = sorted(forms.union(self._forms), key=lambda form: (-len(form), form))

    def __call__(self, text: str) -> str:
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        lowered = text.lower()
        if any(mark in lowered for mark in _MARKS):
            for shape, mask in _SHAPES:
                text = shape.sub(mask, text)
        return text


def _in_json(text: str) -> str:
    return msgspec.json.encode(text).decode()[1:-1]
