"""A frame's text as foldable lines with paths."""

import json
from typing import Any

import jsonpath
from hypothesis import given
from hypothesis import strategies as st

from tui.analysis.records.json_tree import tree_lines

FRAME = '{"type":"client_tool_call","call":{"id":"t1","parameters":{"a":[1,{"b":null}],"":{}}}}'


def rows(text: str) -> list[str]:
    return [" " * 2 * line.depth + line.text for line in tree_lines(text)]


def test_it_reads_like_indented_json() -> None:
    assert rows(FRAME) == json.dumps(json.loads(FRAME), indent=2).splitlines()


def test_an_opening_line_knows_where_it_closes_and_how_much_is_inside() -> None:
    lines = tree_lines(FRAME)
    opened = next(line for line in lines if line.text.startswith('"a"'))
    assert lines[opened.end].text == "],"
    assert opened.items == 2
    assert not next(line for line in lines if line.text.startswith('"type"')).opens


def test_paths_name_the_values() -> None:
    lines = {line.path: line.text for line in tree_lines(FRAME)}
    assert lines["$.type"].startswith('"type": "client_tool_call"')
    assert lines["$.call.parameters.a[1].b"] == '"b": null'
    assert '$.call.parameters[""]' in lines


def test_a_value_can_be_cut_out_of_the_text() -> None:
    line = next(line for line in tree_lines(FRAME) if line.path == "$.call.parameters")
    first, behind = line.value
    assert json.loads(FRAME[first:behind]) == {"a": [1, {"b": None}], "": {}}


def test_base64_and_long_strings_are_cut_short() -> None:
    assert rows('{"audio":"' + "A" * 4000 + '"}')[1] == '  "audio": "‹3.0 kB base64›"'
    assert rows('["' + "x y" * 4000 + '"]')[1].endswith('… "‹4,002 more characters›')


def test_broken_texts_go_as_far_as_they_go() -> None:
    assert rows('{"a": [1, 2') == ["{", '  "a": [', "    1,", "    2"]
    assert rows("]}") == ["]", "}"]
    assert rows('{"a":') == ["{", '  "a": ']
    assert rows('{"a": 1e999, "a": NaN, "s": "\\ud800"}')[1:4] == [
        '  "a": 1e999,',
        '  "a": NaN,',
        '  "s": "\ud800"',
    ]


def test_deep_nesting_costs_no_stack() -> None:
    lines = tree_lines("[" * 20_000 + "]" * 20_000)
    assert len(lines) == 39_999
    assert (lines[1].path, lines[10_000].path) == ("$[0]", "")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=20,
)


@given(VALUES)
def test_any_json_reads_as_python_indents_it(value: Any) -> None:
    text = json.dumps(value)
    assert rows(text) == json.dumps(value, indent=2, ensure_ascii=False).split("\n")


@given(st.dictionaries(st.text(max_size=6), VALUES, max_size=4))
def test_every_path_leads_to_its_value(value: Any) -> None:
    text = json.dumps(value)
    for line in tree_lines(text):
        if line.text.rstrip(",") in ("}", "]"):
            continue
        first, behind = line.value
        found = jsonpath.findall(line.path, value)
        assert found == [json.loads(text[first:behind])], line.path
