"""A headless Chromium with one page open, driven by its DevTools protocol; it notes every request.

Knows the protocol; nothing of what the page is.
"""

import asyncio
import base64
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

PROGRAM = shutil.which("chromium") or shutil.which("google-chrome") or ""
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--autoplay-policy=no-user-gesture-required", "--mute-audio", "--remote-debugging-port=0"),
)


class Browser:
    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = count(1)
        self.requests: list[str] = []
        """URLs, of the page itself as well."""
        self.complaints: list[str] = []
        """What the console says: exceptions, and what the policy kept from happening."""

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        await self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            found = await self._next()
            if found.get("id") == number:
                assert "error" not in found, found
                answer: dict[str, Any] = found["result"]
                return answer

    async def _next(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(await self._socket.recv())
        match found.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(found["params"]["request"]["url"])
            case "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(found["params"]["exceptionDetails"]))
            case "Log.entryAdded":
                self.complaints.append(found["params"]["entry"]["text"])
        return found

    async def open(self, page: Path) -> None:
        for domain in ("Network", "Runtime", "Log", "Page"):
            await self.ask(f"{domain}.enable")
        await self.ask("Page.navigate", url=page.as_uri())
        while (await self._next()).get("method") != "Page.loadEventFired":
            pass

    async def value(self, expression: str) -> Any:
        """Of JavaScript, a promise's own."""
        found = await self.ask(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    async def until(self, expression: str) -> None:
        """Until it is true: asked again at each frame that is drawn."""
        await self.value(
            "new Promise((done) => { const look = () => "
            f"({expression}) ? done(true) : requestAnimationFrame(look); look(); }})"
        )

    async def picture(self, target: Path) -> None:
        shot = await self.ask("Page.captureScreenshot", format="png")
        await asyncio.to_thread(target.write_bytes, base64.b64decode(shot["data"]))


@asynccontextmanager
async def browser(folder: Path, size: str = "1240,900") -> AsyncIterator[Browser]:
    """`folder` is to be empty: a profile of its own."""
    child = await asyncio.create_subprocess_exec(
        *(PROGRAM, *FLAGS, f"--window-size={size}", f"--user-data-dir={folder}", "about:blank"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert child.stderr is not None
    draining = None
    try:
        address = ""
        while "DevTools listening on " not in address:
            address = (await child.stderr.readline()).decode(errors="replace")
            assert address, "it did not start"
        draining = asyncio.create_task(child.stderr.read())
        root = address.split()[-1]
        async with connect(root, max_size=None) as socket:
            control = Browser(socket)
            targets = (await control.ask("Target.getTargets"))["targetInfos"]
            page = next(one for one in targets if one["type"] == "page")["targetId"]
        async with connect(
            f"{root.split('/devtools')[0]}/devtools/page/{page}", max_size=None
        ) as s:
            yield Browser(s)
    finally:
        child.kill()
        await child.wait()
        if draining is not None:
            await draining
