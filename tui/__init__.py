"""VoiceScope: an oscilloscope for voice agents that lives in a terminal."""

__version__ = "0.1.0"
