"""What a provider says that it takes, and what of a set-up it does not."""

import pytest

from tui.setup import Setup, SetupField, chosen, foreign, unfit

FIELDS = (
    SetupField(name="language", label="language"),
    SetupField(name="pace", label="pace", kind="number", low=0.25, high=1.5),
    SetupField(name="tokens", label="tokens", kind="integer", low=1),
    SetupField(name="mode", label="mode", kind="choice", choices=("calm", "eager")),
    SetupField(name="loud", label="loud", kind="yes_no"),
    SetupField(name="names", label="names", kind="words"),
    SetupField(name="extra", label="extra", kind="json"),
)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("pace", 1.6, "a number, 0.25 to 1.5, not '1.6'"),
        ("pace", float("nan"), "a number, 0.25 to 1.5"),
        ("pace", True, "a number, 0.25 to 1.5"),
        ("tokens", 0, "a whole number, 1 and more"),
        ("tokens", 1.5, "a whole number, 1 and more"),
        ("tokens", 2**63, "a whole number, 1 and more"),
        ("mode", "wild", "one of calm, eager, not 'wild'"),
        ("mode", ["calm"], "one of calm, eager"),
        ("loud", 1, "true or false"),
        ("names", ["a", 1], "a list of words"),
        ("names", "a", "a list of words"),
        ("extra", [], "an object"),
        ("language2", "de", "there is no such option; did you mean"),
        ("voice_id", "v", "there is no such option; known here: pace, "),  # no option
        ("zzzz", "de", "there is no such option; known here: pace, tokens, mode, "),
    ],
)
def test_an_option_that_is_not_taken_is_named_with_its_range(
    name: str, value: object, said: str
) -> None:
    fields = (*FIELDS, SetupField(name="language_2", label="x"))
    [problem] = unfit(fields, Setup(options={name: value}))
    assert problem.startswith(f"options.{name}: {said}")


def test_what_is_taken() -> None:
    options = {"pace": 1, "tokens": 9, "mode": "calm", "loud": False, "names": ("a", "b")}
    setup = Setup(language="de", options={**options, "extra": {"a": [1]}})
    assert unfit(FIELDS, setup) == ()
    assert foreign(FIELDS, setup) == ()
    assert chosen(setup) == ("language", "pace", "tokens", "mode", "loud", "names", "extra")


def test_what_a_provider_has_no_field_for_is_named() -> None:
    setup = Setup(language="de", stability=0.5, options={"warmth": 1})
    assert foreign(FIELDS, setup) == ("stability", "warmth")


def test_the_limits_of_a_field_are_the_providers_own() -> None:
    """A speed of 0.3 is too slow for one provider and not for another."""
    own = SetupField(name="speed", label="speed", kind="number", low=0.25, high=1.5)
    assert unfit((own,), Setup(speed=0.3)) == ()
    assert unfit((own,), Setup(speed=2.0)) == ("speed: a number, 0.25 to 1.5, not '2.0'",)
