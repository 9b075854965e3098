"""Makes a journal of a million records: a recorded call repeated, ids and times moved on.

    voicescope run --provider local --mic speech.wav --for 60 --journal call.jsonl
    python bench/make_journal.py call.jsonl long.jsonl [--records 1000000]

Each repetition is a conversation of its own that follows the one before by a second, as a call and
its retries would stand in one file. The audio is left where it is: the new journal says of it that
it was not kept.
"""

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

PAUSE_NS = 1_000_000_000
_MOVED = re.compile(
    rb'^\{"n":(?P<n>\d+),"t":(?P<t>\d+),(?P<middle>.*?),"u":(?P<u>\d+)'
    rb'(?P<level>,"l":-?\d+)?(?:,"a":\[-?\d+,(?P<audio>\d+,\d+)\])?(?P<rest>.*)$',
    re.DOTALL,
)
_EVENT_ID = re.compile(rb'("event_id":)(\d+)')
_TIME = re.compile(rb'("(?:at|deadline)_ns":)(\d+)')


def repeat(source: Path, target: Path, records: int) -> None:
    """Write `target`, `records` long, of the lines of `source`."""
    lines = [_MOVED.match(line) for line in source.read_bytes().splitlines(keepends=True)]
    call = [line for line in lines if line]
    first, last = int(call[0]["t"]), int(call[-1]["t"])
    turns = max(int(line["u"]) for line in call) + 1
    ids = 1 + max(int(found[1]) for line in call for found in _EVENT_ID.findall(line["rest"]))
    number, time_ns, turn, event_id = 0, 0, 0, 0
    with target.open("wb", buffering=1 << 20) as file:
        while number < records:
            body = call if number == 0 else call[1:]  # one journal is opened once
            for line in body[: records - number]:
                file.write(_line(line, number, time_ns, turn, event_id))
                number += 1
            time_ns += last - first + PAUSE_NS
            turn += turns
            event_id += ids


def _line(line: re.Match[bytes], number: int, time_ns: int, turn: int, event_id: int) -> bytes:
    audio = b',"a":[-1,%s]' % line["audio"] if line["audio"] else b""
    rest = _EVENT_ID.sub(lambda m: m[1] + b"%d" % (int(m[2]) + event_id), line["rest"])
    rest = _TIME.sub(lambda m: m[1] + b"%d" % (int(m[2]) + time_ns), rest)
    return b'{"n":%d,"t":%d,%s,"u":%d%s%s%s' % (
        number,
        int(line["t"]) + time_ns,
        line["middle"],
        int(line["u"]) + turn,
        line["level"] or b"",
        audio,
        rest,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--records", type=int, default=1_000_000)
    options = parser.parse_args()
    repeat(options.source, options.target, options.records)


if __name__ == "__main__":
    main()
