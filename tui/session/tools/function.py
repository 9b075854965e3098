"""Runs the Python function of a client tool: `module:function` in its argument list, the arguments
as JSON on standard input.

Knows nothing of this program, which is why it imports nothing of it. What the function prints goes
to standard error. The result goes to standard output behind a mark, so that a tool that leaves
without one is told from a tool that has nothing to say.
"""

import base64
import importlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

GAVE = b"+"
FAILED = b"-"


def main() -> None:
    me = os.getpid()
    result_fd = os.dup(1)
    os.dup2(2, 1)
    sys.path.insert(0, os.getcwd())
    mark, text = run(sys.argv[1], json.loads(sys.stdin.buffer.read()))
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # the tool closed it
            continue
    if os.getpid() == me:  # a tool that forks returns twice, and only one of them is asked
        _write(result_fd, mark + text.encode(errors="replace"))
    os._exit(0 if mark == GAVE else 1)  # a thread that the tool left running is not waited for


def run(entry: str, arguments: Any) -> tuple[bytes, str]:
    module, _, name = entry.partition(":")
    try:
        function: Any = importlib.import_module(module)
        for part in name.split("."):
            function = getattr(function, part)
        return GAVE, as_text(finished(function(**arguments)))
    except SystemExit as left:
        return FAILED, _farewell(left.code)
    except BaseException as error:
        return FAILED, _reason(error)


def finished(returned: Any) -> Any:
    """What an `async def` or a generator comes to."""
    if not (hasattr(returned, "__await__") or hasattr(returned, "__aiter__")):
        return returned
    import asyncio  # noqa: PLC0415  few tools need it

    async def come() -> Any:
        if hasattr(returned, "__await__"):
            return await returned
        return [piece async for piece in returned]

    return asyncio.run(come())


def as_text(value: Any) -> str:
    """Text as it is, bytes as the text they hold, all else as JSON. Raises TypeError."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return _text_of_bytes(value)
    kept = (bytes, bytearray, memoryview)
    plain = msgspec.to_builtins(
        _plain(value), builtin_types=kept, str_keys=True, enc_hook=_plain_or_refuse
    )
    return json.dumps(plain, ensure_ascii=False, default=_text_of_bytes)


def _plain_or_refuse(value: Any) -> Any:
    plain = _plain(value)
    if plain is value:
        raise TypeError(
            f"a tool's result cannot hold {type(value).__name__}: "
            "return text, numbers, lists, dicts or dataclasses"
        )
    return plain


def _plain(value: Any) -> Any:
    """What JSON has a word for, of what well-known libraries and Python's own types return."""
    for name in ("model_dump", "tolist", "_asdict"):  # pydantic; numpy and its scalars; tuples
        method: Callable[[], Any] | None = getattr(value, name, None)
        if callable(method) and not isinstance(value, type):
            return method()
    if isinstance(value, complex | range | os.PathLike):
        return list(value) if isinstance(value, range) else str(value)
    if isinstance(value, Mapping) and not isinstance(value, dict):
        return dict(value)
    if hasattr(value, "__iter__") and not isinstance(
        value, str | bytes | bytearray | memoryview | dict | list | tuple | set | frozenset
    ):
        return list(value)
    return value


def _text_of_bytes(data: bytes | bytearray | memoryview) -> str:
    """Base64 where it is no text."""
    try:
        return bytes(data).decode()
    except UnicodeDecodeError:
        return base64.b64encode(data).decode()


def _farewell(code: Any) -> str:
    if code is None or code == 0:
        return "The tool left by sys.exit() and gave no result."
    if isinstance(code, int):
        return f"The tool left with code {code} and gave no result."
    return str(code)


def _reason(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001, RUF100  the tool's own class may fail even at this
        return type(error).__name__


def _write(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


if __name__ == "__main__":
    main()
