"""Tests that hear what a real sound server carried.

A server without a core to run on tears sound, which is nobody's doing: one clean run of three is
asked for. What is wrong with the program is so in every run.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any

RUNS = 3


def one_clean_run(test: Callable[..., Any]) -> Callable[..., Any]:
    """The test passes with its first run that does; the last one's failure is told."""
    if inspect.iscoroutinefunction(test):

        @functools.wraps(test)
        async def runs_async(*args: Any, **fixtures: Any) -> None:
            for _ in range(RUNS - 1):
                try:
                    return await test(*args, **fixtures)  # type: ignore[no-any-return]
                except AssertionError:
                    continue
            await test(*args, **fixtures)

        return runs_async

    @functools.wraps(test)
    def runs(*args: Any, **fixtures: Any) -> None:
        for _ in range(RUNS - 1):
            try:
                return test(*args, **fixtures)  # type: ignore[no-any-return]
            except AssertionError:
                continue
        test(*args, **fixtures)

    return runs
