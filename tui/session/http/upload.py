"""A file on its way to the agent: checked here, then given to the REST API.

Knows limits and paths; nothing of the conversation but its id.
"""

import asyncio
import importlib
import os
import stat
from pathlib import Path

from tui.errors import LinkError
from tui.provider import Access, Catalogue, Upload
from tui.upload_rules import MAX_FILE, FileRefused, kind_of


async def upload(
    path: str, conversation_id: str, catalogue: Catalogue, access: Access
) -> tuple[str, int]:
    """Upload the file at `path`; its id and size in bytes. Raises FileRefused."""
    if catalogue.upload is None:
        raise FileRefused("this provider takes no files in a conversation")
    data, mime = await read_file(path)
    file = Upload(name=Path(path).name, data=data, mime=mime)
    client = await asyncio.to_thread(importlib.import_module, "tui.session.http.client")
    try:
        question = catalogue.upload(access, conversation_id, file)
        return await client.Api(access).ask(question), len(data)
    except LinkError as error:
        raise FileRefused(f"{error.reason}; {error.advice}") from error


async def read_file(path: str) -> tuple[bytes, str]:
    """What is in the file at `path`, and its media type. Raises FileRefused."""
    return await asyncio.to_thread(_read, path), await asyncio.to_thread(kind_of, path)


def _read(name: str) -> bytes:
    path = Path(name).expanduser()
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(fd, "rb") as file:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise FileRefused(f"{path} is not a file")
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise FileRefused(f"cannot read {path}: {error.strerror}") from error
    if len(data) > MAX_FILE:
        raise FileRefused(f"{path.name} is larger than {MAX_FILE >> 20} MiB")
    return data
