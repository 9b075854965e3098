"""Makes the pictures of the screen in `docs/screens/` from the sample call of the tests.

    python docs/render_screens.py

Needs rsvg-convert (apt: librsvg2-bin) to turn Textual's SVG into PNG.
"""

import asyncio
import contextlib
import html
import math
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.dashboard.events.test_flows import FAILED_TOOL, TURN_7  # noqa: E402
from tests.dashboard.puzzle_call import write_puzzle  # noqa: E402
from tests.dashboard.sample_call import START_NS, write_call  # noqa: E402
from tests.dashboard.scripted import ScriptedBackend  # noqa: E402
from tests.dashboard.scripted_directory import ScriptedDirectory  # noqa: E402
from tests.dashboard.stage import Stage  # noqa: E402
from tui.backend.replay import Replay  # noqa: E402
from tui.catalogue import DeviceChoice  # noqa: E402
from tui.dashboard.app import VoiceScopeApp  # noqa: E402
from tui.journal.reader import JournalReader  # noqa: E402
from tui.notices import CallState, PendingTool  # noqa: E402
from tui.providers.elevenlabs.codec import ElevenLabsCodec  # noqa: E402
from tui.providers.elevenlabs.summary import summarize  # noqa: E402

OUT = ROOT / "docs" / "screens"
CELL = 12.2
"""Width of a character in Textual's SVG."""
WIDTHS = {80: 1000, 160: 1320}
NOW_NS = START_NS + 40_000_000_000


def speech(tick: int, voiced: bool) -> float:
    """A level in dBFS that looks like speech."""
    if not voiced:
        return -56.0 + 3 * math.sin(tick * 1.7)
    return -22.0 + 9 * math.sin(tick * 0.9) + 5 * math.sin(tick * 2.3)


async def say_call(stage: Stage, ticks: int = 150, **fields: Any) -> None:
    """Fill the meter: the agent speaks, the user cuts in."""
    for tick in range(ticks):
        left = ticks - tick
        user = left < 16 or 70 < left < 96
        agent = 26 < left < 66 or 100 < left < 130
        stage.backend.say(
            live_ns=START_NS,
            mic_dbfs=speech(tick, user),
            speaker_dbfs=speech(tick + 3, agent) if agent else -120.0,
            speaking=user,
            agent_speaking=agent,
            vad_score=0.94 if user else 0.02,
            round_trip_ms=84.0,
            **fields,
        )
    await stage.settle()
    await stage.pilot.pause(1.1)  # rates are said once a second
    stage.backend.say(
        live_ns=START_NS,
        mic_dbfs=-16.0,
        speaking=True,
        vad_score=0.94,
        round_trip_ms=84.0,
        **fields,
    )
    await stage.settle()


async def live(stage: Stage) -> None:
    await say_call(stage)
    await stage.press("escape")


async def typing(stage: Stage) -> None:
    await say_call(stage, muted=True)
    await stage.press(*"Can you send me the label?")


async def detail(stage: Stage) -> None:
    await say_call(stage)
    await stage.press("escape")
    while stage.backend.reader.kind(stage.log.pointed or 0) != "client_tool_call":
        await stage.press("k")
    await stage.press("enter")


async def failed(stage: Stage) -> None:
    detail = "ElevenLabs refused the key (401). Set ELEVENLABS_API_KEY to a key of this account."
    stage.backend.say(state=CallState.FAILED, detail=detail, live_ns=0, target="elevenlabs/support")
    await stage.settle()
    await stage.pilot.pause(0.3)


async def help_(stage: Stage) -> None:
    await live(stage)
    await stage.press("f1")
    await stage.pilot.pause(0.3)


async def set_up(stage: Stage) -> None:
    stage.backend.directory = ScriptedDirectory()
    stage.backend.say(state=CallState.IDLE, live_ns=0)
    await stage.settle()
    await stage.press("ctrl+o")
    await stage.pilot.pause(0.5)


async def advanced(stage: Stage) -> None:
    await set_up(stage)
    await stage.press("f6", *"Łódź, VoiceScope")
    await stage.press(*["down"] * 3, *"u-1009", "down", *"staging")
    await stage.press(*["down"] * 2, *'{"top_p": 0.9')
    await stage.pilot.pause(0.5)


def lay_files() -> None:
    for name, size in (("label.pdf", 48_200), ("label-2.pdf", 51_000), ("label-3.png", 312_000)):
        Path(name).write_bytes(bytes(size))


async def send_file(stage: Stage) -> None:
    await say_call(stage)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        lay_files()
        await stage.press("f8", *"label-2")
        await stage.pilot.pause(0.5)
        await stage.press("tab")
        await stage.pilot.pause(0.5)
        await stage.press("enter")
        await stage.pilot.pause(0.3)
        await stage.press(*"Is this the right label?")
        await stage.pilot.pause(0.5)


async def mcp(stage: Stage) -> None:
    await say_call(stage)
    arguments = '{"query":"where is parcel 1009","limit":3}'
    until = NOW_NS + 30_000_000_000
    waiting = (PendingTool("m_1", "search_parcels", arguments, until, server="shop-library"),)
    stage.backend.say(live_ns=START_NS, pending_tools=waiting)
    await stage.settle()
    await stage.pilot.pause(0.5)


async def push_to_talk(stage: Stage) -> None:
    await say_call(stage, muted=True, push_to_talk=True, recording="call.wav")


async def models(stage: Stage) -> None:
    await set_up(stage)
    await stage.press(*["tab"] * 3, "enter")
    await stage.pilot.pause(0.5)


async def tool(stage: Stage) -> None:
    await say_call(stage)
    arguments = '{"id":"A-1009","amount":49.9,"why":["gift","late"]}'
    waiting = (PendingTool("t_82", "refund_order", arguments, NOW_NS + 30_000_000_000),)
    stage.backend.say(live_ns=START_NS, pending_tools=waiting)
    await stage.settle()
    await stage.pilot.pause(0.5)


async def tools(stage: Stage) -> None:
    await live(stage)
    await stage.press("f6")
    await stage.pilot.pause(0.5)


async def composer(stage: Stage) -> None:
    await say_call(stage)
    await stage.press("f7", *["down"] * 4, "enter")
    await stage.pilot.pause(0.5)


async def turns(stage: Stage) -> None:
    await stage.show(live_ns=START_NS)
    await stage.press(*TURN_7[:2])
    await stage.pilot.pause(0.5)


async def slow_turn(stage: Stage) -> None:
    await stage.show(live_ns=START_NS)
    await stage.press(*TURN_7)
    await stage.press("k", "k", "k")
    await stage.pilot.pause(0.5)


async def failed_tool(stage: Stage) -> None:
    await stage.show(live_ns=START_NS)
    await stage.press("escape", *FAILED_TOOL)
    await stage.pilot.pause(0.5)


async def compared(stage: Stage) -> None:
    await stage.show(live_ns=START_NS)
    await stage.press("escape", "slash", *"kind:client_tool_result", "enter", "k", "d", "k", "d")
    await stage.pilot.pause(0.5)


async def devices(stage: Stage) -> None:
    await say_call(stage)
    await stage.press("ctrl+d")
    found = (
        ("input", "USB Headset", 48_000, 1, True, True, -27.0, ""),
        ("input", "Webcam", 44_100, 2, False, False, -48.0, ""),
        ("input", "Buds", 16_000, 1, False, False, None, "wireless: adds 100-200 ms"),
        ("output", "USB Headset", 48_000, 2, True, True, None, ""),
        ("output", "Monitor", 48_000, 2, False, False, None, ""),
    )
    listed = tuple(
        DeviceChoice(side, name, "ALSA", rate, channels, default, used, level, warning)
        for side, name, rate, channels, default, used, level, warning in found
    )
    stage.backend.say(live_ns=START_NS, devices=listed)
    await stage.settle()
    await stage.pilot.pause(0.3)


PUZZLES = ("turns-80x24", "slow-turn-160x45", "failed-tool-80x24", "compare-80x24")
"""Pictures of the other call."""
SHOTS: list[tuple[str, int, int, Callable[[Stage], Any]]] = [
    ("typing-muted-80x24", 80, 24, typing),
    ("detail-80x24", 80, 24, detail),
    ("failed-80x24", 80, 24, failed),
    ("help-80x24", 80, 24, help_),
    ("setup-80x24", 80, 24, set_up),
    ("setup-advanced-80x24", 80, 24, advanced),
    ("send-file-80x24", 80, 24, send_file),
    ("mcp-dialog-80x24", 80, 24, mcp),
    ("push-to-talk-80x24", 80, 24, push_to_talk),
    ("models-80x24", 80, 24, models),
    ("tool-dialog-80x24", 80, 24, tool),
    ("tools-80x24", 80, 24, tools),
    ("composer-80x24", 80, 24, composer),
    ("turns-80x24", 80, 24, turns),
    ("slow-turn-160x45", 160, 45, slow_turn),
    ("failed-tool-80x24", 80, 24, failed_tool),
    ("compare-80x24", 80, 24, compared),
    ("devices-80x24", 80, 24, devices),
]


async def shoot(name: str, width: int, height: int, act: Callable[[Stage], Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        if name in PUZZLES:
            path = write_puzzle(Path(folder) / "parcels.jsonl")
        else:
            path = write_call(Path(folder) / "support-0042.jsonl", ended=False)
        backend = ScriptedBackend(path)
        began = time.monotonic_ns()
        app = VoiceScopeApp(backend, clock=lambda: NOW_NS + time.monotonic_ns() - began)
        async with app.run_test(size=(width, height)) as pilot:
            await act(Stage(app, backend, pilot))
            save(app, name, width)


async def shoot_replay() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write_call(Path(folder) / "support-0042.jsonl")
        clock = [NOW_NS]
        replay = Replay(
            JournalReader.open(path), ElevenLabsCodec, summarize, clock=lambda: clock[0]
        )
        app = VoiceScopeApp(replay, clock=lambda: clock[0])
        async with app.run_test(size=(80, 24)) as pilot:
            for _ in range(74):
                clock[0] += 100_000_000
                await pilot.pause(0.11)
            await pilot.press("space")
            await pilot.pause(0.3)
            save(app, "replay-80x24", 80)


def save(app: VoiceScopeApp, name: str, width: int) -> None:
    to_png(app.export_screenshot(title="voicescope"), name, WIDTHS[width])


def to_png(svg: str, name: str, width: int) -> None:
    """A picture of `width` pixels under `OUT`."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".svg", encoding="utf-8") as file:
        file.write(words_in_place(svg))
        file.flush()
        target = OUT / f"{name}.png"
        command = ["rsvg-convert", "-w", str(width), file.name, "-o", str(target)]
        subprocess.run(command, check=True)  # noqa: S603
    print(f"{target.relative_to(ROOT)} {target.stat().st_size / 1000:.0f} kB")


def words_in_place(svg: str) -> str:
    """Each word at its own cell: rsvg-convert drops leading spaces and goes by the font's width."""

    pattern = r'(<text [^>]*?)x="([\d.]+)"([^>]*?) textLength="([\d.]+)"([^>]*)>([^<]*)</text>'

    def place(found: re.Match[str]) -> str:
        text = html.unescape(found[6])
        words = re.finditer("[^\xa0]+", text)
        return "".join(
            f'{found[1]}x="{float(found[2]) + word.start() * CELL:g}"{found[3]}{found[5]}>'
            f"{html.escape(word[0])}</text>"
            for word in words
        )

    return re.sub(pattern, place, svg)


async def main() -> None:
    os.environ["TZ"] = "UTC"
    time.tzset()
    wanted = sys.argv[1:]  # names, or all
    for shot in SHOTS:
        if not wanted or shot[0] in wanted:
            await shoot(*shot)
    if not wanted:
        await shoot_replay()


if __name__ == "__main__":
    asyncio.run(main())
