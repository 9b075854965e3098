"""Real MP3, made by a real encoder. Needs PyAV."""

import av

from tests.audio.fakes import Samples


def mp3(pcm: Samples, rate: int = 44100) -> bytes:
    """`pcm` (mono, int16) at 64 kbit/s, as frames without a container."""
    codec = av.CodecContext.create("libmp3lame", "w")
    codec.sample_rate, codec.format, codec.layout = rate, "s16p", "mono"
    codec.bit_rate = 64_000
    codec.open()
    data = b""
    for at in range(0, len(pcm), codec.frame_size):
        piece = pcm[at : at + codec.frame_size].reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(piece.copy(), format="s16p", layout="mono")
        frame.sample_rate, frame.pts = rate, at
        data += b"".join(bytes(packet) for packet in codec.encode(frame))
    return data + b"".join(bytes(packet) for packet in codec.encode(None))
