"""The set-up screen, by keyboard alone at 80x24."""

from pathlib import Path

import msgspec
import pytest
from textual.events import Paste

from tests.dashboard.conftest import OpenStage
from tests.dashboard.scripted_directory import SUPPORT, ScriptedDirectory
from tests.dashboard.stage import Stage
from tests.dashboard.test_hostile import HOSTILE, assert_harmless
from tui.backend.clips import Clips
from tui.catalogue import AgentChoice, VoiceChoice
from tui.commands import Connect, HangUp
from tui.dashboard.setup.fields import Field, TextField
from tui.dashboard.setup.picker import Picker
from tui.dashboard.setup.screen import SetupScreen
from tui.events import Failure
from tui.notices import CallState
from tui.setup import Setup


class HeardSounds(Clips):
    """What would be played."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(lambda: stage.backend.reader)
        self.files: list[bytes] = []

    async def play_file(self, data: bytes) -> None:
        self.files.append(data)


async def open_setup(stage: Stage, state: CallState = CallState.IDLE) -> None:
    await stage.show(state=state)
    await stage.until(lambda: stage.app.notice.state is state)
    await stage.press("ctrl+o")
    await stage.until(lambda: isinstance(stage.app.screen, SetupScreen))
    await stage.until(lambda: "asking" not in stage.text())


async def go_to(stage: Stage, name: str) -> None:
    """By keys: down until the field has the focus."""
    for _ in range(40):
        focused = stage.app.screen.focused
        around = focused.ancestors if focused else []
        if any(isinstance(node, Field) and node.field == name for node in around):
            return
        await stage.press("tab")
    raise AssertionError(f"no way to {name}\n{stage.text()}")


async def choose(stage: Stage, *keys: str) -> None:
    """In a picker: type, and take what is found first."""
    await stage.until(lambda: isinstance(stage.app.screen, Picker))
    await stage.press(*keys, "enter")
    await stage.until(lambda: isinstance(stage.app.screen, SetupScreen))
    await stage.pilot.pause()


def connects(stage: Stage) -> list[Setup | None]:
    return [asked.setup for asked in stage.backend.asked if isinstance(asked, Connect)]


async def test_all_of_it_by_keys(open_stage: OpenStage, sample: Path) -> None:
    directory = ScriptedDirectory()
    directory.card = msgspec.structs.replace(
        SUPPORT, permitted=SUPPORT.permitted | {"llm", "speed"}
    )
    async with open_stage(sample, directory=directory) as stage:
        await open_setup(stage)
        assert "Support" in stage.rows()[0]
        await stage.press("enter")
        await choose(stage, *"sal")
        await go_to(stage, "voice_id")
        await stage.press("enter")
        await choose(stage, *"ada")
        await go_to(stage, "language")
        await stage.press("enter")
        await choose(stage, *"german")
        await go_to(stage, "llm")
        await stage.press("enter")
        await choose(stage, *"163")
        await go_to(stage, "prompt")
        await stage.press(*"Be", "enter", *"brief")
        await go_to(stage, "first_message")
        await stage.press(*"Hi")
        await go_to(stage, "order_id")
        await stage.press(*"A-1")
        await go_to(stage, "temperature")
        await stage.press(*"0.5")
        await go_to(stage, "max_tokens")
        await stage.press(*"99")
        await go_to(stage, "speed")
        await stage.press(*"1.2")
        assert "!" not in stage.text()
        await stage.press("f5")
        assert connects(stage) == [
            Setup(
                agent_id="agent_sales",
                voice_id="voice_adam",
                language="de",
                llm="qwen3-30b-a3b",
                prompt="Be\nbrief",
                first_message="Hi",
                dynamic_variables={"order_id": "A-1"},
                temperature=0.5,
                max_tokens=99,
                speed=1.2,
            )
        ]
        assert not isinstance(stage.app.screen, SetupScreen)


async def test_escape_changes_nothing(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, directory=ScriptedDirectory()) as stage:
        await open_setup(stage)
        await go_to(stage, "prompt")
        await stage.press("x", "escape")
        assert stage.app.screen is stage.app.screen_stack[0]
        assert stage.backend.asked == []


async def test_what_the_agent_refuses_is_said_before(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, directory=ScriptedDirectory()) as stage:
        await open_setup(stage)
        assert "this agent needs the dynamic variable 'order_id'" in stage.text()
        await go_to(stage, "llm")
        assert "not permitted" in stage.text()
        await stage.press("enter")
        await choose(stage, *"haiku")
        assert "this agent does not allow llm to be overridden" in stage.text()
        await stage.press("f5")
        assert connects(stage) == []
        assert "F5 again connects all the same." in stage.text()
        await stage.press("f5")
        assert [setup.llm for setup in connects(stage) if setup] == ["claude-haiku-4-5"]


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("temperature", "2.1", "at most 2"),
        ("temperature", "hot", "a number"),
        ("temperature", "nan", "at"),
        ("max_tokens", "0", "at least 1"),
        ("max_tokens", "1.5", "a whole number"),
        ("speed", "0.1", "at least 0.7"),
        ("stability", "-1", "at least 0"),
        ("", "what", "give it as NAME=VALUE"),
    ],
)
async def test_limits_are_told_beside_the_field(
    open_stage: OpenStage, sample: Path, name: str, typed: str, said: str
) -> None:
    async with open_stage(sample, directory=ScriptedDirectory()) as stage:
        await open_setup(stage)
        await go_to(stage, name)
        await stage.press(*typed)
        await stage.until(lambda: f"! {said}" in stage.text())
        await stage.press("f5")
        assert connects(stage) == []
        assert isinstance(stage.app.screen, SetupScreen)


async def test_a_live_call_is_ended_first(open_stage: OpenStage, sample: Path) -> None:
    directory = ScriptedDirectory(msgspec.structs.replace(SUPPORT, variables=()))
    async with open_stage(sample, directory=directory) as stage:
        await open_setup(stage, CallState.LIVE)
        await stage.press("f5")
        assert "Hang up and connect with this set-up?" in stage.text()
        await stage.press("n")
        assert stage.backend.asked == []
        await stage.press("f5", "y")
        assert stage.backend.asked == [HangUp()]
        await stage.show(state=CallState.CLOSING)
        await stage.show(state=CallState.IDLE)
        await stage.until(lambda: connects(stage) == [Setup()])


async def test_profiles(open_stage: OpenStage, sample: Path) -> None:
    directory = ScriptedDirectory()
    directory.profiles["spanish"] = Setup(language="es", first_message="", keywords=("hola",))
    async with open_stage(sample, directory=directory) as stage:
        await open_setup(stage)
        await stage.press("f8")
        await choose(stage, *"span")
        await go_to(stage, "order_id")
        await stage.press(*"7")
        await stage.press("f9", *"mine", "enter")
        await stage.until(lambda: "mine" in directory.profiles)
        assert directory.profiles["mine"] == Setup(
            language="es", first_message="", keywords=("hola",), dynamic_variables={"order_id": "7"}
        )
        directory.refuses = "the file cannot be written"
        await stage.press("f9", *"other", "enter")
        await stage.until(lambda: "It was not saved: the file cannot be written" in stage.text())


async def test_the_network_is_slow_and_says_no(open_stage: OpenStage, sample: Path) -> None:
    directory = ScriptedDirectory()
    async with open_stage(sample, directory=directory) as stage:
        await open_setup(stage)
        directory.slow.clear()
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        assert "asking…" in stage.text()
        await stage.press(*"su")  # keys are answered meanwhile
        assert "su" in stage.text()
        directory.refuses = "The key is not accepted (401)."
        directory.slow.set()
        await stage.until(lambda: "The key is not accepted (401)." in stage.text())
        await stage.until(lambda: directory.searched[-1] == "su")
        assert directory.searched == ["", "su"]
        await stage.until(lambda: "use “su” as it is" in stage.text())
        await stage.press("escape")
        assert isinstance(stage.app.screen, SetupScreen)


async def test_offered_on_the_first_start(open_stage: OpenStage, sample: Path) -> None:
    directory = ScriptedDirectory()
    async with open_stage(sample, directory=directory) as stage:
        detail = "No agent id: set elevenlabs.agent_id"
        nobody = Failure.NO_AGENT
        await stage.show(state=CallState.FAILED, detail=detail, failure=nobody)
        await stage.until(lambda: isinstance(stage.app.screen, SetupScreen))
        await stage.press("escape")
        await stage.show(state=CallState.FAILED, detail=detail, failure=nobody)
        assert not isinstance(stage.app.screen, SetupScreen)


async def test_not_offered_for_a_failure_that_only_speaks_of_an_agent_id(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample, directory=ScriptedDirectory()) as stage:
        detail = "refused the conversation (HTTP 404); check the agent id and base_url"
        await stage.show(state=CallState.FAILED, detail=detail)
        await stage.until(lambda: "HTTP 404" in stage.text())
        assert not isinstance(stage.app.screen, SetupScreen)


async def test_nothing_to_set_up(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show(state=CallState.FAILED, detail="no agent id")
        await stage.press("ctrl+o")
        await stage.until(lambda: "There is nothing to set up here." in stage.text())


async def test_a_broken_table_of_models_is_told(
    open_stage: OpenStage, sample: Path, tmp_path: Path
) -> None:
    (tmp_path / "models.toml").write_text("models = [")
    directory = ScriptedDirectory()
    directory.folder = tmp_path
    async with open_stage(sample, directory=directory) as stage:
        await open_setup(stage)
        assert "models.toml:" in "".join(row.strip() for row in stage.rows())


async def test_what_is_noted_is_said_and_stops_nothing(open_stage: OpenStage, sample: Path) -> None:
    directory = ScriptedDirectory(None)
    directory.noted = ("model: old-1 ends on 2027-01-20, in 9 days; choose another",)
    async with open_stage(sample, directory=directory) as stage:
        await open_setup(stage)
        await stage.until(lambda: "old-1 ends on 2027-01-20" in stage.text())
        await stage.press("f5")
        assert connects(stage) == [Setup()]


async def test_a_secret_is_not_shown(open_stage: OpenStage, sample: Path) -> None:
    directory = ScriptedDirectory(msgspec.structs.replace(SUPPORT, variables=("secret__token",)))
    async with open_stage(sample, directory=directory) as stage:
        await open_setup(stage)
        await go_to(stage, "secret__token")
        await stage.press(*"abcxyz")
        assert "abcxyz" not in stage.text()
        await stage.press("f5")
        assert connects(stage) == [Setup(dynamic_variables={"secret__token": "abcxyz"})]


async def test_untouched_values_come_out_as_they_were(open_stage: OpenStage, sample: Path) -> None:
    directory = ScriptedDirectory()
    directory.setup = Setup(
        prompt="tab\there\x1b", dynamic_variables={"order_id": 7, "ok": True}, user_id="u"
    )
    async with open_stage(sample, directory=directory) as stage:
        await open_setup(stage)
        assert_harmless(stage)
        await stage.press("f5")
        assert connects(stage) == [directory.setup]


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_names(open_stage: OpenStage, sample: Path, text: str) -> None:
    directory = ScriptedDirectory(
        msgspec.structs.replace(
            SUPPORT,
            name=text,
            prompt=text,
            language=text,
            variables=(text, "b"),
            defaults={"b": text},
        )
    )
    directory.found = [AgentChoice(id=text, name=text, tags=(text,), last_call_unix_s=10**18)]
    directory.voices_found = [VoiceChoice(id=text, name=text, labels=(text,), description=text)]
    directory.profiles = {text: Setup(prompt=text, voice_id=text)}
    async with open_stage(sample, directory=directory) as stage:
        await open_setup(stage)
        assert_harmless(stage)
        for name in ("agent_id", "voice_id"):
            await go_to(stage, name)
            await stage.press("enter")
            await stage.until(lambda: "1 found" in stage.text())
            assert_harmless(stage)
            await stage.press("down", "enter")
            assert_harmless(stage)
        await stage.press("f8")
        await stage.until(lambda: "1 found" in stage.text())
        assert_harmless(stage)
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, SetupScreen))
        directory.refuses = text
        await stage.press("f9", "p", "enter")
        await stage.pilot.pause()
        assert_harmless(stage)
        rows = stage.app.screen.query("#variables TextField").results(TextField)
        assert [row.field for row in rows] == [text, "b"]


async def test_the_footer_fits(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, directory=ScriptedDirectory()) as stage:
        await open_setup(stage)
        for key in ("F5 Connect", "F6 Advanced", "F8 Profile", "F9 Save", "Esc Back", "F1 Help"):
            assert key in stage.rows()[-1]
        assert [len(row) for row in stage.rows()] == [80] * 24


async def test_variables_are_pasted_as_one_object(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, directory=ScriptedDirectory()) as stage:
        await open_setup(stage)
        others = stage.app.screen.query_one("#f-others", Field)
        others.editor().focus()
        given = '{\n "order_id": "A-1",\n "items": [["tea", 2], "milk"]\n}'
        stage.app.post_message(Paste(given))
        await stage.until(lambda: others.value is not None)
        await stage.press("f5")
        [asked] = connects(stage)
        assert asked is not None and asked.dynamic_variables == {
            "order_id": "A-1",
            "items": [["tea", 2], "milk"],
        }


async def test_a_variable_that_was_just_typed_has_a_field(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample, directory=ScriptedDirectory()) as stage:
        await open_setup(stage)
        await go_to(stage, "first_message")
        await stage.press(*"Hi {{who}}")
        await stage.until(lambda: "who" in [f.field for f in stage.app.screen.query(Field)])
        await go_to(stage, "who")
        await stage.press(*"Eve")
        await go_to(stage, "order_id")
        await stage.press(*"A-1", "f5")
        [asked] = connects(stage)
        assert asked is not None
        assert asked.dynamic_variables == {"who": "Eve", "order_id": "A-1"}


async def test_why_it_is_not_saved(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, directory=ScriptedDirectory()) as stage:
        await open_setup(stage)
        await go_to(stage, "")
        await stage.press(*"what", "f9")
        [note] = stage.app._notifications
        assert note.message.startswith("Not saved: others: give it as NAME=VALUE")


async def test_agents_are_called_as_the_journals_say(open_stage: OpenStage, sample: Path) -> None:
    directory = ScriptedDirectory()
    directory.called = {"agent_support": 1_770_000_000}
    async with open_stage(sample, directory=directory) as stage:
        await open_setup(stage)
        await stage.press("enter")
        await stage.until(lambda: "2 found" in stage.text())
        rows = [row for row in stage.rows() if "agent_s" in row]
        assert "last call 2026-02-0" in rows[0]
        assert "never" not in stage.text()
        assert rows[0].index("agent_support") == rows[1].index("agent_sales")  # columns


async def test_a_voice_is_heard_before_it_is_chosen(open_stage: OpenStage, sample: Path) -> None:
    directory = ScriptedDirectory()
    directory.voices_found = [VoiceChoice(id="v", name="Ada", preview_url="https://x/ada.mp3")]
    async with open_stage(sample, directory=directory) as stage:
        sounds = HeardSounds(stage)
        stage.backend.sounds = sounds
        await open_setup(stage)
        await go_to(stage, "voice_id")
        await stage.press("enter")
        await stage.until(lambda: "1 found" in stage.text())
        assert "F6 Listen" in stage.rows()[-1]
        await stage.press("f6")
        await stage.until(lambda: "this voice has no preview" in stage.text())
        await stage.press("down", "f6")
        await stage.until(lambda: sounds.files == [b"https://x/ada.mp3"])
