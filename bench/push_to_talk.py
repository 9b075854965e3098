"""VoiceScope beside the official SDK's own terminal app, with one local agent and one sound card.

    python -m bench.push_to_talk FOLDER/examples/realtime/push_to_talk_app.py [--runs 5] [--show]

FOLDER is an unpacked source distribution of `openai`. The app runs as it is, on this Python, with
the packages it asks for (openai, textual, sounddevice); for PyAudio and pydub, of which it uses one
constant, it gets stand-ins where they are not installed. Prints a table, asserts nothing. Needs
(Debian): pulseaudio pulseaudio-utils libportaudio2.

Both are spoken to through the virtual microphone, and judged by what the virtual speaker's monitor
got. That comes in pieces as the sound server makes them, so its samples are given times by one even
clock: a figure may be off by such a piece, 10 to 40 ms, either way.
"""

import argparse
import importlib.util
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.audio import Samples
from bench.call import cpu_s, report
from tests.agent.helpers import AgentProcess
from tests.agent.helpers import running as agent_running
from tests.e2e.terminal import Terminal, terminal
from tests.vsound import Recording, VirtualSoundCard
from tui.agent.speech.hibari import HibariVoice
from tui.agent.speech.hibari import load as load_voice

RATE = 48_000
LOUD = 300
PAUSE_S = 0.8
"""Longer than between two sentences: what is quiet for so long is over."""
WATCHED_S = 10.0
QUESTION, OVER_IT = "Tell me a story.", "Stop please, that is enough."
STAND_INS = {"pyaudio": "paInt16 = 8\n", "pydub": "AudioSegment = None\n"}
F4 = "\x1bOS"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure beside the SDK's terminal app.")
    parser.add_argument("app", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--show", action="store_true", help="the screens after an interruption")
    options = parser.parse_args()
    voice = load_voice()
    with VirtualSoundCard() as card, agent_running() as agent:
        for name, start, begin, stop in (
            ("VoiceScope", ours, ours_begins, lambda screen: screen.type(F4)),
            ("SDK app", theirs(options.app), theirs_begins, theirs_stops),
        ):
            with tempfile.TemporaryDirectory() as home, start(agent, card, Path(home)) as screen:
                begin(screen)
                side = Side(name, screen, card, voice)
                side.cpu()
                side.interruptions(options.runs, stop, options.show)


# ── The two of them ──────────────────────────────────────────────────────────────────────────────

Start = Callable[[AgentProcess, VirtualSoundCard, Path], AbstractContextManager[Terminal]]


def ours(
    agent: AgentProcess, card: VirtualSoundCard, home: Path
) -> AbstractContextManager[Terminal]:
    call = ("--provider", "openai", "--base-url", agent.url)
    return terminal(*call, home=home, columns=120, rows=40, OPENAI_API_KEY="any", **card.environ)


def ours_begins(screen: Terminal) -> None:
    screen.wait_for("LIVE")


def theirs(app: Path) -> Start:
    def start(
        agent: AgentProcess, card: VirtualSoundCard, home: Path
    ) -> AbstractContextManager[Terminal]:
        missing = {name: text for name, text in STAND_INS.items() if not _installed(name)}
        for name, text in missing.items():
            (home / f"{name}.py").write_text(text)
        environ = {
            "OPENAI_API_KEY": "any",
            "OPENAI_BASE_URL": f"{agent.url}/v1",
            "PYTHONPATH": str(home),
            **card.environ,
        }
        command = (sys.executable, str(app))
        return terminal(home=home, columns=120, rows=40, command=command, **environ)

    return start


def _installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def theirs_begins(screen: Terminal) -> None:
    """A key press begins to record; so it stays."""
    screen.wait_for("sess_")
    screen.type("k")
    screen.wait_for("Recording")


def theirs_stops(screen: Terminal) -> None:
    """The key that begins to record interrupts: it has to be off before."""
    screen.type("k")


# ── One side ─────────────────────────────────────────────────────────────────────────────────────


class Side:
    def __init__(
        self, name: str, screen: Terminal, card: VirtualSoundCard, voice: HibariVoice
    ) -> None:
        self._name = name
        self._screen = screen
        self._card = card
        self._voice = voice

    def cpu(self) -> None:
        pids = tree(self._screen.process.pid)
        before, began = sum(map(cpu_s, pids)), time.monotonic()
        time.sleep(WATCHED_S)
        share = (sum(map(cpu_s, pids)) - before) / (time.monotonic() - began) * 100
        what = f"{self._name}: CPU while recording, all processes, % of a core"
        print(f"{what:<60} {share:8.1f}   load {os.getloadavg()[0]:.1f}", flush=True)

    def interruptions(self, runs: int, stop: Callable[[Terminal], None], show: bool) -> None:
        by_voice, by_key = list[float](), list[float]()
        with (
            self._card.listen(RATE) as heard,
            self._card.listen_to("mouth.monitor", RATE) as mouth,
        ):
            for run in range(runs):
                self._story(heard)
                by_voice.append(self._by_voice(heard, mouth))
                if show and not run:
                    print(self._screen.text, flush=True)
                quiet(heard)
                self._story(heard)
                by_key.append(self._by_key(heard, stop))
                quiet(heard)
        report(f"{self._name}: voice at the microphone -> silence, ms", by_voice)
        report(f"{self._name}: key -> silence, ms", by_key)

    def _say(self, text: str, wait: bool = True) -> None:
        self._card.speak(self._voice.synthesise(text), self._voice.rate, wait=wait)

    def _story(self, heard: Recording) -> None:
        """Two seconds into it."""
        since = len(heard.pcm())
        self._say(QUESTION)
        heard.wait_until(lambda pcm: len(loud(pcm, since)) > 0)
        heard.wait_for(2.0)

    def _by_voice(self, heard: Recording, mouth: Recording) -> float:
        since = len(mouth.pcm())
        self._say(OVER_IT, wait=False)
        pcm = mouth.wait_until(lambda pcm: len(loud(pcm, since)) > 0)
        return silent_after(heard, heard_ns(mouth, int(loud(pcm, since)[0])))

    def _by_key(self, heard: Recording, stop: Callable[[Terminal], None]) -> float:
        if self._name != "VoiceScope":
            self._screen.type("k")
            heard.wait_for(0.3)
        pressed_ns = time.monotonic_ns()
        stop(self._screen)
        return silent_after(heard, pressed_ns)


def tree(pid: int) -> list[int]:
    """A process and all that it started."""
    found, parents = [pid], dict[int, int]()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (entry / "stat").exists():
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            parents[int(entry.name)] = int(fields[1])
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def loud(pcm: Samples, since: int) -> npt.NDArray[np.intp]:
    """Numbers of the samples from `since` on that are to be heard."""
    return np.flatnonzero(np.abs(pcm[since:].astype(np.int32)) > LOUD) + since


def silent_after(heard: Recording, from_ns: float) -> float:
    """Until the last loud sample before a pause."""
    since = next(count for at_ns, count in heard.arrivals if at_ns >= from_ns - 100_000_000)
    last = [since]

    def over(pcm: Samples) -> bool:
        numbers = np.concatenate(([since], loud(pcm, since), [len(pcm)]))
        pauses = np.flatnonzero(np.diff(numbers) > PAUSE_S * RATE)
        last[0] = int(numbers[pauses[0]]) if len(pauses) else since
        return len(pauses) > 0

    heard.wait_until(over)
    return (heard_ns(heard, last[0]) - from_ns) / 1e6


def heard_ns(heard: Recording, sample: int) -> float:
    """By an even clock through the arrivals of the last 20 s: pieces are early and late."""
    recent = [a for a in heard.arrivals if a[0] > heard.arrivals[-1][0] - 20_000_000_000]
    return float(np.median([at_ns - count * 1e9 / RATE for at_ns, count in recent])) + (
        sample * 1e9 / RATE
    )


def quiet(heard: Recording) -> None:
    """Nothing more comes for three seconds: the answer to the interruption is over."""
    heard.wait_until(lambda pcm: len(loud(pcm, max(len(pcm) - 3 * RATE, 0))) == 0)


if __name__ == "__main__":
    main()
