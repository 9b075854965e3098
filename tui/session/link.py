"""The WebSocket to the agent: opens it, moves frames, closes it in order.

Knows sockets and why they fail; nothing of what frames say.

Theory of operation: a reader hands frames up as they come; a sender writes what is in the outbox,
so that nobody who has something to say ever waits for the network. The link keeps its own watch:
it pings, counts the time since anything was heard, and aborts a connection that has been silent
for `GIVE_UP_S`, because a close would wait behind the same full buffers. A frame that we refuse
(too large, no UTF-8, reserved bits) ends the connection with our own code, and the end is not left
to a peer that may never close.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as websocket_connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from tui.provider import Dial, Frame
from tui.session.failures import explain
from tui.session.http.proxy import proxy_for

MAX_FRAME = 16 << 20
"""The size the official SDK allows; 1 MiB would end a call on one large first message."""
OPEN_S = 8.0
CLOSE_S = 1.0
FULL_CLOSE_S = 0.3
"""The same where what was said before still waits to be read: the close waits behind it."""
REFUSED_S = 0.3
"""How long a peer has to read why we refused its frame."""
PING_S = 2.0
GIVE_UP_S = 10.0
MAX_AUDIO_WAITING = 100
"""Audio frames in the outbox (2 s of 20 ms): older speech is of no use to a conversation."""


@dataclass(frozen=True, slots=True)
class Closed:
    """How a connection ended. `code` 1006 is an end without a close frame."""

    code: int
    reason: str
    refused: bool = False
    """We ended it, for a frame that we could not take."""


class _Connection(ClientConnection):
    """A client waits for the server to end the connection (RFC 6455 7.1.1): not for long."""

    _refused = False

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.protocol.parser_exc is not None and not self._refused:
            self._refused = True
            self.loop.call_later(REFUSED_S, self.transport.abort)


class _NoRedirect(websocket_connect):
    """A redirect would carry the key or the signature to another host: it is an error here."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class Link:
    """One connection. `open` first, then `frames` until it ends, then `closed` says how."""

    def __init__(self) -> None:
        self._socket: ClientConnection | None = None
        self._outbox: deque[Frame] = deque()
        self._audio_waiting = 0
        self._work = asyncio.Event()
        self._closing = False
        self._dropped_frames = self._dropped_bytes = 0
        self.last_heard_ns = 0
        self.round_trip_ms: float | None = None
        """By the socket's own newest ping."""

    async def open(self, dial: Dial) -> None:
        """Connect. Raises LinkError."""
        host = urlsplit(dial.url).hostname or dial.url
        proxy = proxy_for(dial.url)
        try:
            self._socket = await _NoRedirect(
                dial.url,
                additional_headers=dial.headers,
                subprotocols=[Subprotocol(name) for name in dial.subprotocols] or None,
                max_size=MAX_FRAME,
                max_queue=(16, 4),
                compression=None,
                open_timeout=OPEN_S,
                close_timeout=CLOSE_S,
                ping_interval=None,
                proxy=proxy.url if proxy else None,
                user_agent_header="voicescope",
                create_connection=_Connection,
            )
        except (OSError, ValueError, WebSocketException) as error:
            raise explain(error, host, proxy, dial.refused) from error
        self.last_heard_ns = time.monotonic_ns()

    def send(self, frame: Frame) -> None:
        """Put `frame` in the outbox; speech older than 2 s gives way to newer."""
        if frame.audio is not None:
            self._audio_waiting += 1
            if self._audio_waiting > MAX_AUDIO_WAITING:
                self._drop_oldest_audio()
        self._outbox.append(frame)
        self._work.set()

    async def frames(self) -> AsyncIterator[str | bytes]:
        """What the agent sends, until the connection ends."""
        assert self._socket is not None  # noqa: S101
        watch = asyncio.create_task(self._watch())
        try:
            while True:
                frame = await self._socket.recv()
                self.last_heard_ns = time.monotonic_ns()
                yield frame
        except ConnectionClosed:
            return
        finally:
            watch.cancel()

    async def outgoing(self) -> AsyncIterator[Frame]:
        """Frames in the order they go out: yields each, then sends it when asked for the next."""
        assert self._socket is not None  # noqa: S101
        while True:
            while not self._outbox:
                self._work.clear()
                await self._work.wait()
            frame = self._outbox.popleft()
            if frame.audio is not None:
                self._audio_waiting -= 1
            yield frame
            with contextlib.suppress(ConnectionClosed):  # the reader tells of it
                await self._socket.send(frame.text)

    async def close(self, patience_s: float = CLOSE_S, reason: str = "user hung up") -> None:
        """A real close 1000; gives up when the other side does not answer, or reads no more."""
        self._closing = True
        if self._socket is not None:
            if self._socket.transport.get_write_buffer_size():
                patience_s = min(patience_s, FULL_CLOSE_S)
            try:
                await asyncio.wait_for(self._socket.close(1000, reason), patience_s)
            except (TimeoutError, asyncio.CancelledError) as error:
                self.abort()
                if isinstance(error, asyncio.CancelledError):
                    raise

    def abort(self) -> None:
        """End at once, without a word: for a peer that no longer reads."""
        if self._socket is not None:
            self._socket.transport.abort()

    @property
    def closed(self) -> Closed:
        """How it ended, once `frames` has ended."""
        if self._socket is None:
            return Closed(1006, "")
        protocol = self._socket.protocol
        ours = protocol.close_sent
        if ours is not None and not self._closing and not protocol.close_rcvd_then_sent:
            return Closed(ours.code, ours.reason, refused=True)
        return Closed(self._socket.close_code or 1006, self._socket.close_reason or "")

    def stalled_ms(self, now_ns: int) -> int:
        """How long nothing has been heard, pongs included."""
        return (now_ns - self.last_heard_ns) // 1_000_000 if self.last_heard_ns else 0

    def take_dropped(self) -> tuple[int, int]:
        """Frames and bytes of speech that gave way since the last call."""
        dropped = self._dropped_frames, self._dropped_bytes
        self._dropped_frames = self._dropped_bytes = 0
        return dropped

    def _drop_oldest_audio(self) -> None:
        for index, frame in enumerate(self._outbox):
            if frame.audio is not None:
                del self._outbox[index]
                self._audio_waiting -= 1
                self._dropped_frames += 1
                self._dropped_bytes += len(frame.audio)
                return

    async def _watch(self) -> None:
        pings: set[asyncio.Task[None]] = set()
        try:
            while (left_s := GIVE_UP_S - self.stalled_ms(time.monotonic_ns()) / 1000) > 0:
                if not pings:  # a ping waits in the same full buffer as everything else
                    ping = asyncio.create_task(self._ping())
                    pings.add(ping)
                    ping.add_done_callback(pings.discard)
                await self._sleep(min(PING_S, left_s))
            self.abort()
        finally:
            for ping in pings:
                ping.cancel()

    async def _sleep(self, seconds: float) -> None:
        """Until the next look. If this process stood still meanwhile (stopped, or a machine out of
        breath), it was not the agent who was silent: the time is not held against it."""
        due_ns = time.monotonic_ns() + round(seconds * 1e9)
        await asyncio.sleep(seconds)
        now_ns = time.monotonic_ns()
        self.last_heard_ns = min(self.last_heard_ns + max(now_ns - due_ns, 0), now_ns)

    async def _ping(self) -> None:
        assert self._socket is not None  # noqa: S101
        with contextlib.suppress(ConnectionClosed):
            self.round_trip_ms = await (await self._socket.ping()) * 1000
            self.last_heard_ns = time.monotonic_ns()
