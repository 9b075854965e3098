"""Checks a tool's arguments against its JSON Schema (2020-12), by library.

Knows schemas and values; nothing is ever fetched for one. As a script it answers one check a line,
and imports nothing of this program: a check that explodes costs a process and no call.
"""

import json
import signal
import sys
from typing import Any

import jsonschema_rs

CPU_S = 1.0
"""What one check may take of a processor. The kernel ends the script then: no code need run."""
MOST_ERRORS = 3
LONG = 200
LONGEST = 300


def problem_of_schema(schema: dict[str, Any]) -> str:
    """What is wrong with a schema, its references and patterns included; "" when it is usable."""
    try:
        _validator(schema)
    except Exception as error:  # noqa: BLE001, RUF100  the library has no common base
        return _place(error) + _first_line(error)
    return ""


def problem_of_arguments(schema: dict[str, Any], arguments: Any) -> str:
    """What is wrong with `arguments`, short; "" when nothing is."""
    problems: list[str] = []
    try:
        for error in _validator(schema).iter_errors(arguments):
            problems.append(f"{_place(error)}{_first_line(error)}")
            if len(problems) == MOST_ERRORS:
                break
    except UnicodeEncodeError:
        return "a text holds half of a surrogate pair"
    except Exception as error:  # noqa: BLE001, RUF100
        return f"they cannot be checked: {_first_line(error)}"
    return "; ".join(problems)[:LONGEST]


def _validator(schema: dict[str, Any]) -> Any:
    return jsonschema_rs.Draft202012Validator(schema, retriever=_fetch_nothing)


def _fetch_nothing(uri: str) -> Any:
    raise ValueError(f"{uri} is not fetched")


def _place(error: Exception) -> str:
    path = getattr(error, "instance_path", None)
    if path is None:
        return ""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return f"${''.join(steps)}: "


def _first_line(error: Exception) -> str:
    """Without the middle where it tells a long value: what is wrong with it stands at the end."""
    text = str(getattr(error, "message", "") or error).partition("\n")[0]
    return text if len(text) <= LONG else f"{text[: LONG // 2]} … {text[-LONG // 2 :]}"


def main() -> None:
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    for line in sys.stdin.buffer:
        signal.setitimer(signal.ITIMER_PROF, CPU_S)
        try:
            schema, arguments = json.loads(line)
        except (ValueError, RecursionError) as error:
            problem = f"they cannot be read: {_first_line(error)}"
        else:
            problem = problem_of_arguments(schema, arguments)
        signal.setitimer(signal.ITIMER_PROF, 0)
        print(json.dumps(problem), flush=True)


if __name__ == "__main__":
    main()
