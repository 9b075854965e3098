"""An ssh server of our own on loopback, and bridges over it.

Needs (Debian): openssh-server, beside what the virtual sound card needs.
"""

import getpass
import os
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import sound_card

__all__ = ["sound_card"]

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"

CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
"""


@dataclass(frozen=True)
class SshServer:
    folder: Path
    port: int

    @property
    def arguments(self) -> list[str]:
        """What ssh has to be told to get there."""
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"]
        return [
            *("-F", "/dev/null", "-p", str(self.port), "-i", str(self.folder / "user")),
            *(part for option in options for part in ("-o", option)),
            f"{getpass.getuser()}@127.0.0.1",
        ]


@pytest.fixture(scope="session")
def ssh_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with serve_ssh(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@contextmanager
def serve_ssh(folder: Path) -> Iterator[SshServer]:
    """A server with keys of its own, which only who has `folder` can use."""
    for name in ("host", "user"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "config").write_text(CONFIG.format(port=port, folder=folder))
    if os.getuid() == 0:  # where it locks its unprivileged half in
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([SSHD, "-D", "-e", "-f", str(folder / "config")], stderr=log)
    try:
        end = time.monotonic() + 100
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                told = (folder / "log").read_text()
                assert server.poll() is None and time.monotonic() < end, told
                time.sleep(0.02)
        yield SshServer(folder, port)
    finally:
        server.terminate()
        server.wait(100)


class BridgeProcess:
    """`voicescope bridge` on "the laptop", which has the virtual sound card."""

    def __init__(self, arguments: list[str], home: Path) -> None:
        self.home = home
        self.words = ""
        self._news = threading.Condition()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tui", "bridge", *arguments],
            env={**os.environ, "XDG_STATE_HOME": str(home / "laptop")},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def wait_for(self, words: str, timeout: float = 100) -> str:
        """All it said, once `words` are among that."""
        with self._news:
            assert self._news.wait_for(lambda: words in self.words, timeout), self.words
            return self.words

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(100)

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._news:
                self.words += line
                self._news.notify_all()


@dataclass(frozen=True)
class Bridges:
    """Builds bridges to "the server", whose state is in `home`."""

    server: SshServer
    home: Path

    @property
    def socket(self) -> Path:
        return self.home / "server" / "voicescope" / "bridge.sock"

    def build(self) -> BridgeProcess:
        state = shlex.quote(str(self.home / "server"))
        # A shell that talks before it obeys does not disturb.
        command = f"echo Welcome; env XDG_STATE_HOME={state} {shlex.quote(sys.executable)} -m tui"
        process = BridgeProcess(["--command", command, *self.server.arguments], self.home)
        process.wait_for("there and back")
        return process


@pytest.fixture(scope="module")
def bridges(ssh_server: SshServer, tmp_path_factory: pytest.TempPathFactory) -> Bridges:
    # A short path: the name of a socket is limited to 107 bytes.
    return Bridges(ssh_server, tmp_path_factory.mktemp("b"))


@pytest.fixture(scope="module")
def bridge(bridges: Bridges, sound_card: object) -> Iterator[BridgeProcess]:
    process = bridges.build()
    yield process
    process.stop()
