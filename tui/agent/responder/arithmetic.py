"""Finds and works out sums like "twelve times seven" in a sentence. Pure."""

import re

from tui.agent.responder.number_words import read_number

_SIGNS = (
    (r"(?<=[\d\s])[*×x](?=[\d\s])", " times "),
    (r"[÷/]", " divided by "),
    (r"\+", " plus "),
    (r"(?<=\d)\s*[-−]\s*(?=\d)|\s[-−]\s", " minus "),
)
_OPERATORS = {"plus": 1, "minus": 1, "times": 2, "divided": 2}
"""Each with how tightly it binds."""
_NOISE = {"by"}
_HOMOPHONES = {"to": "two", "too": "two", "for": "four", "won": "one", "ate": "eight"}
"""What recognisers write for numbers; believed beside an operator only."""

Token = float | str


def work_out(sentence: str) -> float | None:
    """The value of the first sum in `sentence` (lower case), None when there is none.

    Raises ZeroDivisionError.
    """
    for sum_ in _sums(_tokens(sentence)):
        return _value(sum_)
    return None


def _tokens(sentence: str) -> list[str]:
    for sign, word in _SIGNS:
        sentence = re.sub(sign, word, sentence)
    sentence = sentence.replace("multiplied", "times").replace("added to", "plus")
    sentence = re.sub(r"(?<=\d),(?=\d{3})", "", sentence).replace("-", " ")
    words = re.findall(r"\d+(?:\.\d+)?|[a-z]+", sentence)
    beside = zip(["", *words], [*words[1:], ""], strict=False)
    return [
        _HOMOPHONES.get(word, word) if _OPERATORS.keys() & around else word
        for word, around in zip(words, beside, strict=True)
    ]


def _sums(words: list[str]) -> list[list[Token]]:
    """Runs of number, operator, number … with at least one operator."""
    found: list[list[Token]] = []
    run: list[Token] = []
    while words:
        number = read_number(words)
        operator_expected = bool(run) and isinstance(run[-1], float)
        if number and not operator_expected:
            run.append(number[0])
            words = words[number[1] :]
            continue
        if operator_expected and words[0] in _OPERATORS:
            run.append(words[0])
        elif not (run and words[0] in _NOISE):
            found.append(run)
            run = [number[0]] if number else []
            words = words[number[1] - 1 :] if number else words
        words = words[1:]
    complete = (r if isinstance(r[-1], float) else r[:-1] for r in [*found, run] if r)
    return [r for r in complete if len(r) >= 3]


def _value(sum_: list[Token]) -> float:
    terms = list(sum_)
    for binding in (2, 1):
        n = 1
        while n < len(terms):
            operator = terms[n]
            if isinstance(operator, str) and _OPERATORS[operator] == binding:
                terms[n - 1 : n + 2] = [_apply(operator, terms[n - 1], terms[n + 1])]
            else:
                n += 2
    value = terms[0]
    return value if isinstance(value, float) else 0.0


def _apply(operator: str, left: Token, right: Token) -> float:
    a, b = float(left), float(right)
    match operator:
        case "plus":
            return a + b
        case "minus":
            return a - b
        case "times":
            return a * b
        case _:
            return a / b
