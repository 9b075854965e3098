"""The speech detector of the agent: the same model that the session's own detector asks.

The thresholds that make a turn of its scores are in `listening.py`.
"""

from tui.audio.silero import load

__all__ = ["load"]
