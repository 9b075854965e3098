"""A sound card without hardware: a PulseAudio server of our own, for tests and benchmarks.

Knows PulseAudio's programs, nothing of VoiceScope. Needs (Debian): pulseaudio, pulseaudio-utils,
libportaudio2. It runs as any user, root included, without systemd, D-Bus or real sound.

    with VirtualSoundCard() as card:
        card.speak(pcm, 48000)          # into the default microphone
        with card.listen() as heard:    # what the default speaker plays
            ...
            heard.wait_for(1.0)

While it is up, the environment of this process points at it. PortAudio looks for devices only
once: after `start`, a process that had used it before must call `tui.audio.devices.device.rescan`.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

PACKAGES = "apt install pulseaudio pulseaudio-utils libportaudio2"

# norewinds: without it a null sink sits on 2 s of audio while idle and swallows the first words.
NULL_SINK = "module-null-sink norewinds=1 rate={rate} channels=1 channel_map=mono sink_name={name}"
# A monitor is no microphone to most programs; a remapped one is.
MICROPHONE = "module-remap-source source_name=microphone master=mouth.monitor"
# What can be unplugged: a device by its own name to ALSA, and so to PortAudio. It has a server of
# its own, because PulseAudio moves streams of a sink that goes to another one by itself.
SPARE_CONFIG = """
</usr/share/alsa/alsa.conf>
pcm.spare {{ type pulse server "unix:{socket}" hint {{ show on description "Spare" }} }}
"""
SOCKET = "module-native-protocol-unix auth-anonymous=1 socket={path}"


class VirtualSoundCard:
    """One speaker and one microphone, both the defaults of whoever inherits `environ`."""

    def __init__(
        self,
        rate: int = 48000,
        start_limit_s: float = 10.0,
        spare: "VirtualSoundCard | None" = None,
    ) -> None:
        """`spare`: another card, started before, that goes by the name `spare` beside this one."""
        self.rate = rate
        self._spare = spare
        self.environ: dict[str, str] = {}
        self._limit_s = start_limit_s
        self._server: subprocess.Popen[bytes] | None = None
        self._before: dict[str, str | None] = {}
        self._folder = Path()

    @property
    def socket(self) -> Path:
        return self._folder / "socket"

    def start(self) -> Self:
        """Raises RuntimeError, with the server's words, when it does not come up."""
        if shutil.which("pulseaudio") is None or shutil.which("pactl") is None:
            raise RuntimeError(f"the virtual sound card needs: {PACKAGES}")
        # A short path: the name of a socket is limited to 107 bytes.
        self._folder = Path(tempfile.mkdtemp(prefix="card-", dir="/tmp"))
        self.environ = {
            "PULSE_SERVER": f"unix:{self.socket}",
            "PULSE_SINK": "speaker",
            "PULSE_SOURCE": "microphone",
            "PULSE_COOKIE": str(self._folder / "cookie"),
        }
        if self._spare is not None:
            config = self._folder / "alsa.conf"
            config.write_text(SPARE_CONFIG.format(socket=self._spare.socket))
            self.environ["ALSA_CONFIG_PATH"] = str(config)
        try:
            self._launch(self.socket)
            self._await_microphone()
        except BaseException:
            self.stop()
            raise
        self._before = {name: os.environ.get(name) for name in self.environ}
        os.environ.update(self.environ)
        return self

    def stop(self) -> None:
        """Ends the server and restores the environment; may be called twice."""
        if self._server is not None:
            self._server.terminate()
            try:
                self._server.wait(3)
            except subprocess.TimeoutExpired:
                self.kill()
            self._server = None
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self._before = {}
        if self._folder != Path():
            shutil.rmtree(self._folder, ignore_errors=True)

    def kill(self) -> None:
        """The sound server dies without a word, as when a desktop session crashes."""
        self._signal(signal.SIGKILL)
        assert self._server is not None
        self._server.wait()

    def restart(self) -> None:
        """The sound server comes back after `kill`."""
        self._launch(self.socket)
        self._await_microphone()

    def freeze(self) -> None:
        """The sound server hangs, until `thaw`."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def speak(self, pcm: Samples, rate: int, wait: bool = True) -> subprocess.Popen[bytes]:
        """Plays `pcm` (mono, shape (n,)) into the microphone; `wait` for its end or not."""
        with tempfile.TemporaryFile() as file:
            file.write(pcm.astype("<i2").tobytes())
            file.seek(0)
            speaking = subprocess.Popen(
                [*self._cat("--playback", "mouth", rate), "--latency-msec=30"],
                stdin=file,
                env={**os.environ, **self.environ},
            )
        if wait:
            speaking.wait(len(pcm) / rate + 30)
        return speaking

    def listen(self, rate: int = 48000) -> "Recording":
        """Records what the speaker plays, from now on."""
        return self.listen_to("speaker.monitor", rate)

    def listen_to(self, source: str, rate: int = 48000) -> "Recording":
        """The same of any source, by the server's name."""
        command = [*self._cat("--record", source, rate), "--latency-msec=10"]
        return Recording(command, {**os.environ, **self.environ}, rate)

    @staticmethod
    def _cat(direction: str, device: str, rate: int) -> list[str]:
        shape = ["--raw", "--format=s16le", f"--rate={rate}", "--channels=1"]
        return ["pacat", direction, f"--device={device}", *shape]

    def _signal(self, number: signal.Signals) -> None:
        assert self._server is not None, "the card is not started"
        self._server.send_signal(number)

    def _launch(self, socket: Path) -> None:
        modules = [
            SOCKET.format(path=socket),
            NULL_SINK.format(rate=self.rate, name="speaker"),
            NULL_SINK.format(rate=self.rate, name="mouth"),
            MICROPHONE,
        ]
        home = self._folder / "home"
        home.mkdir(exist_ok=True)
        with (self._folder / "server.log").open("wb") as log:
            self._server = subprocess.Popen(
                ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1"]
                + ["--realtime=no", "--high-priority=no", "--disable-shm=yes"]
                + ["--log-target=stderr", "--log-level=notice"]
                + [f"--load={module}" for module in modules],
                # No trace of the user's own sound: neither configuration nor D-Bus.
                env={
                    "PATH": os.environ.get("PATH", os.defpath),
                    "HOME": str(home),
                    "XDG_RUNTIME_DIR": str(self._folder),
                    "PULSE_RUNTIME_PATH": str(self._folder / "run"),
                    "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent",
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _await_microphone(self) -> None:
        deadline = time.monotonic() + self._limit_s
        while not self._has_microphone():
            assert self._server is not None
            if self._server.poll() is not None or time.monotonic() > deadline:
                log = (self._folder / "server.log").read_text(errors="replace")
                raise RuntimeError(f"pulseaudio did not start:\n{log[-2000:]}")
            time.sleep(0.01)

    def _has_microphone(self) -> bool:
        if not self.socket.exists():
            return False
        return "microphone" in self._pactl("list", "short", "sources")

    def _pactl(self, *arguments: str) -> str:
        """What it says; "" where the server does not answer yet."""
        return subprocess.run(
            ["pactl", *arguments],
            env={**os.environ, **self.environ},
            capture_output=True,
            text=True,
            timeout=self._limit_s,
            check=False,
        ).stdout


class Recording:
    """What a speaker played since, growing. Ends with `stop` or the end of a with block."""

    def __init__(self, command: list[str], environ: dict[str, str], rate: int) -> None:
        self.rate = rate
        self.arrivals: list[tuple[int, int]] = []
        """(time.monotonic_ns() of arrival, samples up to then), one for each piece."""
        self._data = bytearray()
        self._changed = threading.Condition()
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environ)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.wait_for(0.01)

    def pcm(self) -> Samples:
        """Everything so far: shape (n,), at `rate`."""
        with self._changed:
            return np.frombuffer(bytes(self._data[: len(self._data) // 2 * 2]), "<i2")

    def wait_for(self, seconds: float, timeout: float = 100.0) -> Samples:
        """Waits until that much more has been recorded; raises TimeoutError."""
        target = len(self.pcm()) + round(seconds * self.rate)
        return self.wait_until(lambda pcm: len(pcm) >= target, timeout)

    def wait_until(self, reached: Callable[[Samples], bool], timeout: float = 100.0) -> Samples:
        """Waits until `reached(all samples so far)`; raises TimeoutError."""
        deadline = time.monotonic() + timeout
        while not reached(pcm := self.pcm()):
            with self._changed:
                if not self._changed.wait(deadline - time.monotonic()):
                    raise TimeoutError(f"not heard in {timeout} s ({len(pcm)} samples recorded)")
        return pcm

    def stop(self) -> Samples:
        self._process.terminate()
        self._process.wait(100)
        self._reader.join(100)
        return self.pcm()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _read(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        with stdout:
            while piece := os.read(stdout.fileno(), 65536):
                with self._changed:
                    self._data += piece
                    self.arrivals.append((time.monotonic_ns(), len(self._data) // 2))
                    self._changed.notify_all()
