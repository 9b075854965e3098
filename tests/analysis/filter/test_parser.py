"""The filter's language by table: what passes, and what is refused where and why."""

import json
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dashboard.sample_call import write_call
from tests.journals import write_journal
from tui import events as e
from tui.analysis.filter.parser import FilterError, parse
from tui.analysis.filter.scan import Scan
from tui.analysis.filter.view import FilteredRecords
from tui.analysis.records.categories import Categories
from tui.analysis.records.json_tree import tree_lines
from tui.events import Event
from tui.journal.export import export_one_file
from tui.journal.reader import JournalReader
from tui.journal.record import Direction
from tui.providers.elevenlabs.codec import ElevenLabsCodec


def events_of(reader: JournalReader) -> Callable[[int], Sequence[Event]]:
    def of(number: int) -> Sequence[Event]:
        match reader.direction(number):
            case Direction.RECEIVED:
                return ElevenLabsCodec().receive(reader.elided(number)).events
            case Direction.SENT:
                return ElevenLabsCodec().sent(reader.elided(number)).events
            case Direction.FACT:
                fact = reader.fact(number)
                return (fact,) if fact else ()

    return of


def passing(reader: JournalReader, text: str) -> list[int]:
    found = FilteredRecords(reader, Categories(reader, events_of(reader)), parse(text))
    assert found.advance(len(reader), 1e9)
    return list(found.numbers)


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> JournalReader:
    return JournalReader.open(write_call(tmp_path_factory.mktemp("filter") / "call.jsonl"))


def kinds(reader: JournalReader, text: str) -> set[str]:
    return {reader.kind(number) for number in passing(reader, text)}


TOOL = {"client_tool_call", "client_tool_result", "agent_tool_response"}
SAID = {"user_transcript", "agent_response"}

EXPRESSIONS = [
    # words: kind or text contains, case ignored, all of them
    ("refund policy", {"user_transcript"}),
    ("REFUND Policy", {"user_transcript"}),
    ('"gift?"', {"user_transcript"}),
    ("tool", TOOL | {"link_closed"}),
    ("tool lookup", TOOL - {"client_tool_result"}),
    ("tool !lookup", {"client_tool_result", "link_closed"}),
    ("tool not lookup", {"client_tool_result", "link_closed"}),
    ("tool !(lookup or closed)", {"client_tool_result"}),
    # kinds by glob
    ("kind:client_tool*|hologram", {"client_tool_call", "client_tool_result", "hologram"}),
    ("kind:PING", {"ping"}),
    ("kind:p?ng", {"ping", "pong"}),
    ("kind:tool", set()),
    # regular expressions on the raw text
    ('/"ping_ms":8[23]/', {"ping"}),
    ("/A-\\d{4}/", {"client_tool_call"}),
    ("/a-\\d{4}/i", {"client_tool_call"}),
    ("/a-\\d{4}/", set()),
    ('/"text":"Thanks, .*\\."/', {"user_message"}),
    # directions
    ("> !kind:user_audio_chunk !kind:pong", {
        "conversation_initiation_client_data", "client_tool_result", "user_message"}),
    ("< hologram", {"hologram"}),
    (". kind:mic*", {"mic_muted"}),
    # numbers
    ("size:>20k", {"audio"}),
    ("size:34 <", {"hologram"}),
    ("size:20-40 <", {"hologram", "protocol_error"}),
    ("gap:>2100", {"speech_started", "playback_finished", "user_message"}),
    ("gap:>2.1s", {"speech_started", "playback_finished", "user_message"}),
    ("turn:3 kind:user*message", {"user_message"}),
    ("turn:>=3 kind:agent_response", {"agent_response"}),
    ("n:0", {"journal_opened"}),
    ("id:2 !audio", {
        "user_transcript", "tentative_user_transcript", "agent_response", "ping", "pong",
        "agent_response_correction", "playback_flushed", "playback_started"}),
    # as rows say it
    ("id=2 !audio kind:agent*", {"agent_response", "agent_response_correction"}),
    ("turn=3 kind=user*message", {"user_message"}),
    ("N=0", {"journal_opened"}),
    ("size=34 <", {"hologram"}),
    ("id=A-1009 or order=1", set()),
    # what it is, whatever it is called
    ("is:tool", TOOL),
    ("is:talk", SAID | {"agent_response_correction", "user_message"}),
    ("is:error", {"protocol_error"}),
    ("is:audio|error", {"user_audio_chunk", "audio", "protocol_error"}),
    # and, or, not, brackets
    ("hologram or kind:ping", {"hologram", "ping"}),
    ("hologram OR ping and pong", {"hologram"}),
    ("(hologram or lookup) and order", {"client_tool_call", "agent_tool_response"}),
    ("not (<) not (>) kind:link*", {"link_opening", "link_opened", "link_closed"}),
    # JSON
    ('$.client_tool_call.tool_name == "lookup_order"', {"client_tool_call"}),
    ('$.client_tool_call.tool_name == "lookup"', set()),
    ("$.client_tool_call.parameters.id", {"client_tool_call"}),
    ("$..tool_name == lookup_order", {"client_tool_call", "agent_tool_response"}),
    ("$.ping_event.ping_ms > 85", {"ping"}),
    ("$.ping_event.ping_ms <= 10", set()),
    ("$.is_error == false", {"client_tool_result"}),
    ("$.is_error != true", {"client_tool_result"}),
    ("$.type =~ /^agent_.*n$/", {"agent_response_correction"}),
    ("$.code == 1000", {"link_closed"}),
    ("$.agent_tool_response[?(@ == 'client')]", {"agent_tool_response"}),
    ('$["is_error"] >= 0', set()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), EXPRESSIONS)
def test_what_passes(call: JournalReader, text: str, expected: set[str]) -> None:
    assert kinds(call, text) == expected


def test_nothing_typed_lets_everything_pass(call: JournalReader) -> None:
    assert passing(call, "  ") == list(range(len(call)))


def test_a_filter_and_its_contrary_make_the_whole(call: JournalReader) -> None:
    for text, _ in EXPRESSIONS:
        both = passing(call, text) + passing(call, f"not ({text})")
        assert sorted(both) == list(range(len(call))), text


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("knd:x", 0, "did you mean kind:?"),
        ("colour:red", 0, 'as a text it is "colour:…"'),
        ("ping (pong", 5, "not closed"),
        ("ping)", 4, "without an opening one"),
        ("ping or", 7, "missing here"),
        ("and ping", 0, "missing here"),
        ("ping or or pong", 8, "missing here"),
        ("!", 1, "what is not wanted"),
        ("size:big", 5, "takes a number: size:>4k"),
        ("size:>4ms", 5, "takes a number"),
        ("size:>1-2", 5, "not both"),
        ("gap:", 4, "gap: what? gap:>500"),
        ("id:", 3, "id: what? id:31"),
        ("n:5-", 2, "takes a number: n:>1000 or n:100-200"),
        ("is:bad", 3, "is: takes error, tool"),
        ("/open", 0, "/ at its end"),
        ("ab /(/", 4, "unterminated subpattern"),
        ("//", 0, "empty pattern"),
        ('kind:"b', 5, "closing quote"),
        ('$.a == "b', 7, "closing quote"),
        ("$.a[", 4, "unexpected end"),
        ("ping $.a[? == 3", 11, "unexpected '=='"),
        ("$.a[?foo(@.x)]", 5, "'foo' is not defined"),
        ("$.' x", 2, "unexpected"),
        ("$.a ==", 6, "compared with what"),
        ("$.a =~ b", 7, "takes a /pattern/"),
        ("(" * 60 + "a" + ")" * 60, 50, "too deep"),
    ],
)
def test_what_is_refused_says_where_and_why(text: str, position: int, reason: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert caught.value.position == position
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|aa)*b", "(?:a*)*", r"(\w+\s?)*x", r"(a)(?:\1)*", "a.*b.*c.*d.*e.*f"]
)
def test_patterns_that_may_never_end_are_refused(pattern: str) -> None:
    with pytest.raises(FilterError):
        parse(f"/{pattern}/")


@pytest.mark.parametrize("pattern", ["(foo|bar)+", "a{2,40}", "(ab?c)?", "x.*y", r"\d+ items"])
def test_patterns_that_end_are_run(pattern: str) -> None:
    parse(f"/{pattern}/")


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from('ab:!()/"\\$.=<>~|*[]0 9kindsizeornot'), max_size=30))
def test_whatever_is_typed_parses_or_is_refused_at_a_place(text: str) -> None:
    try:
        parse(text)
    except FilterError as error:
        assert 0 <= error.position <= len(text)
        assert error.reason


def test_texts_are_found_however_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    writer = write_journal(path)
    for text in (
        '{"type":"a","said":"Grüße aus Köln"}',
        '{"type":"a","said":"GR\\u00dc\\u00dfE"}',
        '{\n  "type": "a",\n  "tool_name": "x"\n}',
        '{"type":"a","n":12}',
    ):
        writer.frame(Direction.RECEIVED, "straße" if "12" in text else "a", text)
    reader = JournalReader.open(path)
    assert passing(reader, "grü") == [1, 2]
    assert passing(reader, "KÖLN") == [1]
    assert passing(reader, '$.tool_name == "x"') == [3]
    assert passing(reader, "STRASSE or straße") == [4]
    # Numbers, times and key names of the record's own header are no text.
    assert passing(reader, "12 n:>0") == [4]
    assert passing(reader, "d n:>0") == [1, 2]


def test_audio_inside_the_journal_is_not_searched(tmp_path: Path, call: JournalReader) -> None:
    one = tmp_path / "one.jsonl"
    export_one_file(call, one)
    reader = JournalReader.open(one)
    for text in ("AAAA", "lookup", "/AAAA/", "audio_base_64", "12"):
        assert passing(reader, text) == passing(call, text), text


def test_slices_and_growth_find_what_one_look_finds(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    writer = write_journal(path)
    reader = JournalReader.open(path)
    dice = random.Random(3)
    terms = [parse(text) for text in ("kind:a", "gap:>=0 size:17-18", "x3", "/x\\d3/", "$.x > 50")]
    categories = Categories(reader, lambda number: ())
    found = [FilteredRecords(reader, categories, term) for term in terms]
    for number in range(3000):
        writer.frame(
            Direction.RECEIVED, dice.choice("abc"), f'{{"x":{number % 90},"y":"x{number}"}}'
        )
        if dice.random() < 0.02:
            reader.refresh()
            for one in found:
                one.advance(dice.randint(0, len(reader)), dice.choice([0, 1e-4, 1]))
    reader.refresh()
    for term, one in zip(terms, found, strict=True):
        assert one.advance(len(reader), 1e9)
        whole = Scan(reader, categories, 0, len(reader))
        assert list(one.numbers) == list(whole.numbers(term.mask(whole, whole.every())))
        assert len(one) > 10


def test_a_filter_goes_on_where_blocks_of_the_index_end(tmp_path: Path) -> None:
    from tui.journal.index import BLOCK

    path = tmp_path / "long.jsonl"
    write_journal(path).close()
    line = '{"n":%d,"t":%d,"d":"<","k":"k%d","s":%d,"u":0,"f":{"v":%d}}\n'
    with path.open("a") as file:
        file.writelines(line % (n, 10**15 + n, n % 3, n % 7, n) for n in range(1, BLOCK + 100))
    reader = JournalReader.open(path)
    first = range(1, len(reader))
    assert passing(reader, "kind:k1") == [n for n in first if n % 3 == 1]
    assert passing(reader, "size:6 n:>0") == [n for n in first if n % 7 == 6]
    near = [n for n in first if str(BLOCK)[:3] in str(n)]
    assert passing(reader, f"/:\\d*{str(BLOCK)[:3]}/ n:>0") == near
    assert passing(reader, f'"v\\":{BLOCK}"') == [BLOCK]


ODD = ["{", "[", "_", "@", "`", "~^", "5", "ab", "B_", "k", "aX", ",", ":["]
REGEXES = [
    r"\d{3}",
    r"^\{",
    r"\}$",
    r"\bab\b",
    "[^a-z]Ab",
    "(?i)k",
    "ü",
    r"(?<=\")a",
    r"\w\s\w",
    ".",
]


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> JournalReader:
    """Letters beside each other in a byte table, in small and large, in all forms of a line."""
    path = tmp_path_factory.mktemp("odd") / "call.jsonl"
    writer = write_journal(path, audio=False)
    dice = random.Random(1)
    letters = "aAbB{[_\x7f@`~^ 5kK\u212a\u00fc\u00dc,:]xX y"
    for number in range(600):
        word = "".join(dice.choices(letters, k=dice.randint(1, 6)))
        text = json.dumps({"x": word, "a": "AAAA"}, ensure_ascii=dice.random() < 0.7)
        match number % 5:
            case 0:  # as a string, because it is of two lines
                writer.frame(Direction.SENT, "two", text.replace(",", ",\n"))
            case 1:  # its audio stays in it
                writer.frame(Direction.RECEIVED, "audio", text, audio=b"\0\0\0")
            case _:
                writer.frame(Direction.RECEIVED, dice.choice(["ab", "K_", "z"]), text)
        if number % 50 == 7:
            with path.open("ab") as file:
                file.write(b'half a line ab 5 {"f":\x00\x0b\x15\xff\n')
    return JournalReader.open(path)


@pytest.mark.parametrize("few", [False, True])
def test_a_word_is_found_where_it_is_in_the_kind_or_the_text(odd: JournalReader, few: bool) -> None:
    among = [n for n in range(len(odd)) if not few or n in (11, 52)]
    before = "(n:11 or n:52) " if few else ""
    for word in ODD:
        small = word.lower().encode()
        texts = {n: f"{odd.kind(n)}\n{odd.elided(n)}".encode().lower() for n in among}
        found = [n for n in among if small in texts[n]]
        assert few or found, word
        quoted = word.replace("\\", "\\\\")
        assert passing(odd, f'{before}"{quoted}"') == found, word


@pytest.mark.parametrize("few", [False, True])
def test_a_pattern_is_matched_against_the_text_as_it_is(odd: JournalReader, few: bool) -> None:
    among = [n for n in range(len(odd)) if not few or n in (11, 52)]
    before = "(n:11 or n:52) " if few else ""
    for pattern in REGEXES:
        found = [n for n in among if re.search(pattern, odd.elided(n))]
        assert few or found, pattern
        assert passing(odd, f"{before}/{pattern}/") == found, pattern


SHOWN = {
    "ampersand": '{"text":"our Q\\u0026A, open 24\\/7"}',
    "plain": '{"text":"our Q&A, open 24/7"}',
    "drive": '{"text":"in C:\\\\temp he said \\"yes, for $5\\""}',
    "angles": '{"text":"a \\u003c b \\u003D c, it\\u0027s 2\\u002B2"}',
    "lines": '{"text":"one\\ntwo\\tthree\\u00a0four"}',
    "paths": '{"o":{"a b":1,"x\\"y":[{"it\'s":2}],"\\u0001":3,"a/b":4,"":5,"caf\\u00e9":6}}',
    "numbers": '{"id":9007199254740993,"f":0.1000000000000000000001,"e":1.06e2,'
    '"u":12345678901234567890123,"s":[0.94]}',
    "half": '{"t":"\\ud83d","n":7.0}',
}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> JournalReader:
    path = tmp_path_factory.mktemp("shown") / "shown.jsonl"
    writer = write_journal(path)
    for kind, text in SHOWN.items():
        writer.frame(Direction.RECEIVED, kind, text)
    writer.close()
    return JournalReader.open(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Q&A", {"ampersand", "plain"}),
        ("q&a, ", {"ampersand", "plain"}),
        ("24/7", {"ampersand", "plain"}),
        ('"open 24/7"', {"ampersand", "plain"}),
        ("C:\\temp", {"drive"}),
        ("c:\\TEMP said", {"drive"}),
        ('said "yes', {"drive"}),
        ('"said \\"yes, for"', {"drive"}),
        ("$5", {"drive"}),
        ('"a < b = c"', {"angles"}),
        ("it's 2+2", {"angles"}),
        ('"one two three four"', {"lines"}),
        ("one\\ntwo", {"lines"}),
        ("caf\u00e9", {"paths"}),
        ("$.id == 9007199254740993", {"numbers"}),
        ("$.id == 9007199254740992", set()),
        ("$.id == 9007199254740993.0", {"numbers"}),
        ("$.id > 9007199254740992", {"numbers"}),
        ("$.f > 0.1", {"numbers"}),
        ("$.f == 0.1", set()),
        ("$.e == 106", {"numbers"}),
        ("$.u == 12345678901234567890123", {"numbers"}),
        ("$.u == 12345678901234567890124", set()),
        ("$.s[0] == 0.94", {"numbers"}),
        ("$..s[?@ == 0.94] == 0.94", {"numbers"}),
        ("$.n == 7", {"half"}),
    ],
)  # fmt: skip
def test_what_a_row_shows_is_found(shown: JournalReader, text: str, expected: set[str]) -> None:
    assert kinds(shown, text) == expected


def test_every_path_that_is_copied_is_taken_back(shown: JournalReader) -> None:
    for number in range(len(shown)):
        for path in {line.path for line in tree_lines(shown.text(number))}:
            assert number in passing(shown, path), path


def test_an_id_may_be_a_text(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    writer = write_journal(path)
    for reply in ("resp_a", "resp_ab", 'q"1', 7, "7"):
        writer.fact(e.ReplySilenced(reply_id=reply))
    writer.fact(e.Noted(text='"resp_a" is what id=resp_a says'))
    writer.close()
    reader = JournalReader.open(path)
    first = len(reader) - 6
    for text, expected in {
        "id:resp_a": {0}, "id=resp_a": {0, 5}, "id:RESP_A": set(), 'id:q"1': {2}, "id:7": {3, 4},
        "id:007": {3, 4}, "!id:resp_a kind:reply*": {1, 2, 3, 4}, "id:says": set(),
    }.items():  # fmt: skip
        assert {number - first for number in passing(reader, text)} == expected, text
    assert list(parse("id:resp_a").lights("id=resp_ab id=resp_a")) == [(11, 20)]
