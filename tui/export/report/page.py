"""One self-contained HTML page of recorded calls, from which no request leaves.

Knows what a page is made of and that its texts are anybody's: they travel as JSON in which nothing
is markup, and the page puts them on the screen as text nodes only. The policy in its head allows
its own scripts and styles by their hash, sound from its own memory, and nothing else.
"""

import base64
import hashlib
import html
import json
import secrets
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from tui.sanitize import face

_ESCAPED = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def page(calls: Sequence[dict[str, Any]], sounds: Sequence[bytes | None], title: str) -> str:
    """`sounds` are Ogg/Opus, as many as `calls`."""
    script, library = _part("page.js"), _part("wavesurfer.min.js")
    licence, style = _part("wavesurfer.LICENSE"), _part("page.css")
    nonce = secrets.token_urlsafe(16)
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; media-src blob:; "
        f"script-src {_hash(library)} {_hash(script)}; style-src {_hash(style)} 'nonce-{nonce}'"
    )
    carried = [
        f'<script type="text/plain" id="sound-{number}">{base64.b64encode(sound).decode()}</script>'
        for number, sound in enumerate(sounds)
        if sound is not None
    ]
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="referrer" content="no-referrer">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{html.escape(face(title))}</title>",
            f"<style>{style}</style></head><body>",
            _part("page.html").replace("{nonce}", nonce),
            f'<script type="application/json" id="data">{as_json(list(calls))}</script>',
            *carried,
            f"<!-- wavesurfer.js: {html.escape(licence)} -->",
            f"<script>{library}</script>",
            f"<script>{script}</script></body></html>\n",
        )
    )


def as_json(value: object) -> str:
    """JSON that is no markup anywhere, of texts in which nothing acts."""
    text = json.dumps(_inert(value), ensure_ascii=False, separators=(",", ":"))
    return text.translate(_ESCAPED)


def _inert(value: Any) -> Any:
    """A character for a character: places in a text stay what they are."""
    match value:
        case str():
            return face(value, keep="\n")
        case dict():
            return {_inert(key): _inert(one) for key, one in value.items()}
        case list() | tuple():
            return [_inert(one) for one in value]
        case _:
            return value


def _part(name: str) -> str:
    return files("tui.export.report").joinpath("page", name).read_text(encoding="utf-8").rstrip()


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
