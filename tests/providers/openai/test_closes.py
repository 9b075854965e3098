"""What a close means here: in words, and whether another try helps."""

import pytest

from tui.providers.openai.closes import meaning_of_close


@pytest.mark.parametrize(
    ("code", "said", "advice", "final"),
    [
        (3000, "invalid_request_error.invalid_api_key", "OPENAI_API_KEY", True),
        (3000, "", "OPENAI_API_KEY", True),
        (4000, "invalid_request_error.beta_api_shape_disabled", "OpenAI-Beta", True),
        (4000, "invalid_request_error.missing_model", "--model", True),
        (4000, "invalid_request_error.invalid_model", "--model", True),
        (4004, "invalid_request_error.model_not_found", "--model", True),
        (4000, "invalid_request_error.invalid_intent", "base_url", True),
        (4000, "", "the model, the key and the set-up", True),
        (1000, " insufficient_quota insufficient_quota You exceeded", "billing", True),
        (1011, " None billing_hard_limit_reached ", "billing", True),
        (1006, " None account_deactivated ", "switched off", True),
        (1001, "Your session hit the maximum duration of 60 minutes.", "60 minutes", False),
        (1001, " invalid_request_error session_expired Your session …", "60 minutes", False),
        (1001, "", "60 minutes", False),
        (1013, " None rate_limit_exceeded ", "wait", False),
        (1006, "", "", False),
        (1011, "keepalive ping timeout", "", False),
    ],
)
def test_a_close_in_words(code: int, said: str, advice: str, final: bool) -> None:
    meaning = meaning_of_close(code, said)
    assert advice in meaning.advice and bool(meaning.advice) == bool(advice)
    assert meaning.final is final
