"""`voicescope export`: a recorded call as one file, to hand on, or its sound.

Knows the names that files may have; what is written is `export`'s and the journal's.
"""

import argparse
import signal
from pathlib import Path

from tui.cli.options import examples
from tui.config import ConfigError

SOUNDS = (".wav", ".flac", ".ogg", ".opus")
"""What is made of sound, by the name of the new file."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="voicescope export",
        description="Write a journal as one file, audio included, or the sound of a call.",
        epilog=examples(
            "voicescope export call.jsonl whole.jsonl",
            "voicescope export call.jsonl call.wav",
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, help="a journal (.jsonl) or a recorded call (.wav)")
    parser.add_argument(
        "out", type=Path, help="the new file: .jsonl, or .wav, .flac, .ogg, .opus for the sound"
    )
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what was begun is taken away
    suffix = options.out.suffix.lower()
    if str(options.out) == "-":
        raise ConfigError("-: an export is a new file; name one")
    if suffix in SOUNDS:
        from tui.export.sound import export_sound  # noqa: PLC0415

        print(export_sound(options.file, options.out))
        return 0
    if suffix not in ("", ".jsonl") or options.file.suffix.lower() in SOUNDS:
        sounds = ", ".join(SOUNDS)
        raise ConfigError(
            f"{options.out}: name a .jsonl for a whole journal, or {sounds} for the sound of a call"
        )
    from tui.journal.export import export_one_file  # noqa: PLC0415
    from tui.journal.reader import JournalError, JournalReader  # noqa: PLC0415

    try:
        count = export_one_file(JournalReader.open(options.file), options.out)
    except JournalError as error:
        raise ConfigError(str(error)) from error
    except FileExistsError as error:
        raise ConfigError(f"{options.out} exists; give a new name") from error
    except OSError as error:
        raise ConfigError(f"cannot write {options.out}: {error.strerror}") from error
    print(f"{options.out}: {count} records")
    return 0
