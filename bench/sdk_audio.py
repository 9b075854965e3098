"""The official Python SDK's own default audio interface, driven by lines on standard input.

A process of its own for `bench.audio`: `say MS`, `interrupt`, `quit` come in, the time and loudness
of each block of the microphone go out. The interface needs PyAudio; where that is not installed, a
stand-in with the few calls that the interface makes puts the same streams on the same PortAudio.
"""

import sys
import time
import types
from collections.abc import Callable
from typing import Any

import numpy as np

RATE = 16_000
PIECE = RATE // 4


def stand_in() -> types.ModuleType:
    """PyAudio's calls by sounddevice: blocking output, input by callback, low latency as there."""
    import sounddevice as sd  # noqa: PLC0415

    class Stream:
        def __init__(self, stream: Any) -> None:
            self._stream = stream
            stream.start()

        def write(self, audio: bytes) -> None:
            self._stream.write(audio)

        def stop_stream(self) -> None:
            self._stream.stop()

        def close(self) -> None:
            self._stream.close()

    class PyAudio:
        def open(self, **asked: Any) -> Stream:
            common = {"samplerate": asked["rate"], "channels": 1, "dtype": "int16"}
            common |= {"blocksize": asked["frames_per_buffer"], "latency": "low"}
            if asked.get("output"):
                return Stream(sd.RawOutputStream(**common))
            heard: Callable[..., object] = asked["stream_callback"]

            def callback(data: Any, frames: int, when: Any, status: Any) -> None:
                heard(bytes(data), frames, when, status)

            return Stream(sd.RawInputStream(callback=callback, **common))

        def terminate(self) -> None: ...

    module = types.ModuleType("pyaudio")
    module.PyAudio, module.paInt16, module.paContinue = PyAudio, 8, 0  # type: ignore[attr-defined]
    return module


def main() -> None:
    try:
        import pyaudio  # noqa: F401, PLC0415
    except ImportError:
        sys.modules["pyaudio"] = stand_in()
    from elevenlabs.conversational_ai.default_audio_interface import (  # noqa: PLC0415
        DefaultAudioInterface,
    )

    interface = DefaultAudioInterface()  # type: ignore[no-untyped-call]
    said = 0

    def heard(audio: bytes) -> None:
        peak = int(np.abs(np.frombuffer(audio, "<i2").astype(int)).max())
        print(time.monotonic_ns(), peak, flush=True)

    interface.start(heard)
    print("ready", flush=True)
    for line in sys.stdin:
        match line.split():
            case ["say", ms]:
                time_s = np.arange(said, said + int(ms) * RATE // 1000) / RATE
                said += len(time_s)
                pcm = (12000 * np.sin(2 * np.pi * 300 * time_s)).astype("<i2")
                for at in range(0, len(pcm), PIECE):
                    interface.output(pcm[at : at + PIECE].tobytes())
            case ["interrupt"]:
                interface.interrupt()  # type: ignore[no-untyped-call]
            case _:
                break
    interface.stop()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
