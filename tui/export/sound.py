"""`voicescope export` to a sound file: a recording in another format, or a journal's own audio.

Knows journals, what their events mean, and sound; no session.

Theory of operation. Where a call was not recorded, its journal still holds what was sent and what
came. A chunk of the user's begins its own length before it was sent. A reply's samples lie from the
moment at which the journal says that it began to sound, and as many of them as it says were heard;
in a call without a speaker they lie where they came.
"""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from tui.analysis.entry import Entry, EntryStream
from tui.audio.encoding import decoder, sample_bytes
from tui.audio.files.compressed import FORMATS, EncodedTrack, encode
from tui.audio.files.recording import RecordedSide, Recording, WavTrack
from tui.audio.mp3 import Mp3Decoder, Mp3Missing
from tui.audio.ports import AudioUnavailable, Block
from tui.config import ConfigError
from tui.errors import Progress
from tui.events import (
    USUAL_FORMAT,
    AudioReceived,
    AudioSent,
    ConversationStarted,
    Encoding,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStarted,
    ReplyId,
)
from tui.journal.new_file import whole_file
from tui.journal.reader import JournalError, JournalReader
from tui.processes.printing import draw
from tui.providers import UnknownProvider, open_codec, provider_of

Samples = npt.NDArray[np.int16]

SOUNDS = (".wav", *FORMATS)
RATE = 48_000
QUIET_NS = 2_000_000_000
"""A side of which nothing came for so long is silent."""
LONGEST_S = 24 * 3600
NEAR_NS = 60_000_000_000
"""A reply does not begin to sound later than that after it is told."""
WAV_BYTES = 0xFFFFFFFF
"""A WAV holds no more."""


def export_sound(source: Path, target: Path) -> str:
    """What was written, for the user. Raises ConfigError with what to do."""
    if source.suffix.lower() == target.suffix.lower() == ".wav":
        raise ConfigError(f"{source} is a WAV already; name a .flac, .ogg or .opus")
    progress = Told(sys.stderr.isatty())
    try:
        with whole_file(target) as part:
            seconds = _export(source, part, progress)
    except AudioUnavailable as error:
        raise ConfigError(f"{error.reason}; {error.advice}") from error
    except JournalError as error:
        raise ConfigError(str(error)) from error
    except FileExistsError as error:
        raise ConfigError(f"{target} exists; give a new name") from error
    except OSError as error:
        raise ConfigError(f"cannot export {source} to {target}: {error.strerror}") from error
    finally:
        progress.end()
    return f"{target}: {seconds:.1f} s"


def _export(source: Path, target: Path, progress: Progress) -> float:
    if source.suffix.lower() != ".wav":
        return sound_of(JournalReader.open(source), target, progress)
    return encode(source, target, progress)


def begins_ns(reader: JournalReader) -> int:
    """The journal's time at which `sound_of` begins. Raises JournalError."""
    return int(_moments(reader, LONGEST_S)[0])


def sound_of(
    reader: JournalReader,
    target: Path,
    progress: Progress = lambda done: None,
    *,
    rate: int = RATE,
    compression: float | None = None,
    through: Callable[[RecordedSide], RecordedSide] = lambda track: track,
) -> float:
    """Both sides of a journal as stereo, user left; the seconds of it. `through` may put something
    before the file.

    Raises AudioUnavailable, JournalError or OSError, and leaves no file then.
    """
    provider = reader.opened().provider
    try:
        provider_of(provider)
    except UnknownProvider as error:
        raise JournalError(f"{reader.name} cannot be read: {error}") from error
    wav = target.suffix.lower() == ".wav"
    moments = _moments(reader, WAV_BYTES // (4 * rate) if wav else LONGEST_S)
    track = WavTrack(target, rate, 2) if wav else EncodedTrack(target, rate, 2, compression)
    try:
        stream = EntryStream(reader, lambda: open_codec(provider))
        sound = _JournalSound(reader, Recording([through(track)], rate, int(moments[0])), moments)
        for entry in stream.advance():
            sound.add(entry)
            progress(entry.number / len(reader))
        return sound.close()
    except BaseException:
        with suppress(OSError):
            track.abandon() if isinstance(track, EncodedTrack) else track.close()
        target.unlink(missing_ok=True)
        raise


def _moments(reader: JournalReader, longest_s: int) -> npt.NDArray[np.int64]:
    """The time of each record, in order. A damaged one says any: its neighbours tell better.

    Raises JournalError where they lie too far apart.
    """
    blocks = [np.frombuffer(block, block.typecode) for block in reader.index.times.blocks]
    times = np.concatenate(blocks)[: len(reader)].astype(np.int64)
    if len(times) > 4:  # of times in order, each is the middle of five
        times[2:-2] = np.median(sliding_window_view(times, 5), axis=1)
    middle = np.sort(times)[len(times) // 2]
    strange = np.abs(times - middle) > LONGEST_S * 1_000_000_000
    times[strange] = times[~strange].min()
    times = np.maximum.accumulate(times)
    # Before the first of a call and after its last ones nothing is heard, however long that is.
    times[:2] = np.maximum(times[:2], times[:3][-1] - NEAR_NS)
    times[-2:] = np.minimum(times[-2:], times[-3:][0] + NEAR_NS)
    seconds = int(times[-1] - times[0]) // 1_000_000_000
    if seconds > longest_s:
        raise JournalError(
            f"{reader.name} lasts {seconds / 3600:.1f} h, more than one such file holds "
            f"({longest_s / 3600:.1f} h): save the rows of one call first, with s in its replay"
        )
    return times


class _JournalSound:
    """Lays what a journal's entries carry on a recording's time."""

    def __init__(
        self, reader: JournalReader, recording: Recording, moments: npt.NDArray[np.int64]
    ) -> None:
        """`moments` of the records, which they need not say themselves."""
        self._reader = reader
        self._moments = moments
        self._now_ns = int(moments[0])
        kinds = (reader.kind(number) for number in range(len(reader)))
        self._was_played = "playback_started" in kinds
        self._begin_ns = self._now_ns
        self._recording = recording
        self._heard = self._spoken = USUAL_FORMAT
        self._replies: dict[ReplyId, list[Samples]] = {}
        self._begun: dict[ReplyId, int] = {}
        self._mp3: tuple[ReplyId, Mp3Decoder] | None = None
        """The reply that is being decoded."""
        self._decoded_bytes = 0
        self._free_ns = 0
        """Where the next reply may begin in a call without a speaker."""

    def add(self, entry: Entry) -> None:
        self._now_ns = int(self._moments[entry.number])
        for event in entry.events:
            match event:
                case ConversationStarted(input_format=heard, output_format=spoken):
                    self._finish_all()
                    self._replies.clear()
                    self._heard, self._spoken = heard, spoken
                case AudioSent():
                    self._sent(entry)
                case AudioReceived(encoding=encoding, reply_id=reply_id):
                    self._received(entry, reply_id, encoding or self._spoken.encoding)
                case PlaybackStarted(reply_id=reply_id, at_ns=at_ns):
                    near = abs(at_ns - self._now_ns) < NEAR_NS
                    self._begun[reply_id] = at_ns if near else self._now_ns
                case PlaybackFinished(reply_id=reply_id, heard_ms=heard_ms):
                    self._place(reply_id, heard_ms)
                case PlaybackFlushed(reply_id=reply_id, heard_ms=heard_ms):
                    self._place(reply_id, heard_ms)
                    self._replies.pop(reply_id, None)
                case _:
                    pass
        quiet_ns = self._now_ns - QUIET_NS
        self._recording.user.silent_until(quiet_ns)
        if not self._begun:
            self._recording.agent.silent_until(quiet_ns)
        self._write()

    def close(self) -> float:
        self._finish_all()
        self._recording.close(0)
        self._check()
        if not self._decoded_bytes:
            raise JournalError(f"{self._reader.name} holds no audio")
        return max(self._recording.user.end, self._recording.agent.end) / self._recording.rate

    def _sent(self, entry: Entry) -> None:
        pcm = self._decoded(entry, self._heard.encoding)
        if len(pcm):
            began_ns = self._now_ns - len(pcm) * 1_000_000_000 // self._heard.rate
            self._recording.heard(Block(pcm, began_ns), self._heard.rate)

    def _received(self, entry: Entry, reply_id: ReplyId, encoding: Encoding) -> None:
        mp3 = encoding is Encoding.MP3
        pcm = self._of_mp3(entry, reply_id) if mp3 else self._decoded(entry, encoding)
        if self._was_played:
            self._replies.setdefault(reply_id, []).append(pcm)
        elif len(pcm):
            at_ns = max(self._now_ns, self._free_ns)
            self._free_ns = at_ns + len(pcm) * 1_000_000_000 // self._spoken.rate
            self._recording.played(Block(pcm, at_ns), self._spoken.rate)

    def _bytes(self, entry: Entry) -> bytes:
        data = self._reader.audio(entry.number) or b""
        self._decoded_bytes += len(data)
        return data

    def _decoded(self, entry: Entry, encoding: Encoding) -> Samples:
        data = self._bytes(entry)
        try:
            return decoder(encoding)(data[: len(data) - len(data) % sample_bytes(encoding)])
        except ValueError as error:
            advice = "export the journal itself: it holds what came"
            raise AudioUnavailable(f"the call's audio is {encoding}", advice) from error

    def _of_mp3(self, entry: Entry, reply_id: ReplyId) -> Samples:
        """Each reply is a stream of its own."""
        data = self._bytes(entry)
        if self._mp3 is None or self._mp3[0] != reply_id:
            try:
                self._mp3 = reply_id, Mp3Decoder(self._spoken.rate)
            except Mp3Missing as error:
                raise AudioUnavailable("the agent speaks MP3", str(error)) from error
        return self._mp3[1].feed(data)

    def _place(self, reply_id: ReplyId, heard_ms: float | None = None) -> None:
        """Samples of a reply that were heard, from where it began to sound."""
        at_ns = self._begun.pop(reply_id, None)
        if at_ns is None:
            return
        if self._mp3 is not None and self._mp3[0] == reply_id:
            self._replies.setdefault(reply_id, []).append(self._mp3[1].drain())
            self._mp3 = None
        pcm = np.concatenate([*self._replies.get(reply_id, ()), np.empty(0, np.int16)])
        rate = self._spoken.rate
        count = len(pcm) if heard_ms is None else max(0, round(heard_ms * rate / 1000))
        # What comes after a pause is told of again, as the same reply.
        self._replies[reply_id] = [pcm[count:]]
        if count and len(pcm):
            self._recording.played(Block(pcm[:count], at_ns), rate)

    def _finish_all(self) -> None:
        for reply_id in list(self._begun):
            self._place(reply_id)

    def _write(self) -> None:
        self._recording.write(self._begin_ns)
        self._check()

    def _check(self) -> None:
        if self._recording.error:
            raise OSError(None, self._recording.error)


class Told:
    """How far it is, once it has taken a while."""

    def __init__(self, shown: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._shown = shown
        self._clock = clock
        self._next = clock() + 1.0
        self._printed = False

    def __call__(self, done: float) -> None:
        if self._shown and self._clock() >= self._next:
            self._next = self._clock() + 0.5
            self._printed = True
            draw(f"\r{done:4.0%}", sys.stderr)

    def end(self) -> None:
        if self._printed:
            draw("\r     \r", sys.stderr)
