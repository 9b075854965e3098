"""A voice and an ear for the tests of the whole program."""

from tests.agent.conftest import recogniser, voice

__all__ = ["recogniser", "voice"]
