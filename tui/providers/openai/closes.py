"""What the close codes, reasons and last errors of the OpenAI Realtime wire mean, and what helps.

Knows words of servers; a close of OpenAI's carries its reason as `type.code`, others only sent an
`error` before it, which comes here with the reason.
"""

from tui.provider import CloseMeaning

_KEY = "set a valid key in the variable that openai.api_key_env names (OPENAI_API_KEY)"
_MODEL = "choose another model: --model, openai.model or the set-up"
_ACCOUNT = "the account has nothing left to call with: look at its billing"
_HOUR = "a session lasts 60 minutes; call again for a new one"
_BY_WORDS = (
    ("beta_api_shape_disabled", "something on the way adds the header OpenAI-Beta, which OpenAI "
     "no longer takes: look at the proxy", True),
    ("invalid_api_key", _KEY, True),
    ("incorrect api key", _KEY, True),
    ("invalid_authentication", _KEY, True),
    ("ephemeral", "the client secret has expired: have a new one, or set openai.mint = true", True),
    ("token_expired", "the client secret has expired: have a new one, or set openai.mint = true",
     True),
    ("missing_model", _MODEL, True),
    ("invalid_model", _MODEL, True),
    ("model_not_found", _MODEL, True),
    ("invalid_intent", "this address is of another kind of session: check base_url", True),
    ("insufficient_quota", _ACCOUNT, True),
    ("billing_hard_limit_reached", _ACCOUNT, True),
    ("account_deactivated", "the account is switched off: ask OpenAI", True),
    ("session_expired", _HOUR, False),
    ("60 minutes", _HOUR, False),
    ("maximum duration", _HOUR, False),
    ("rate_limit", "too many calls or tokens at once; wait, then call again", False),
)  # fmt: skip
"""Words in a reason or an error, what helps, and whether another try is of no use: the first that
fits."""
_BY_CODE = {
    1001: ("the server ended the session, as it does after 60 minutes; call again", False),
    3000: ("the server refused the key: " + _KEY, True),
    4000: ("the server refused the call: look at the model, the key and the set-up", True),
    4004: ("the server has no such model: " + _MODEL, True),
}


def meaning_of_close(code: int, said: str) -> CloseMeaning:
    """`said`: the reason, and the error that came right before."""
    lowered = said.lower()
    for words, advice, final in _BY_WORDS:
        if words in lowered:
            return CloseMeaning(advice=advice, final=final)
    advice, final = _BY_CODE.get(code, ("", False))
    return CloseMeaning(advice=advice, final=final)
