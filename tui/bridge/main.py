"""`voicescope bridge`: the sound devices of this machine for a dashboard on another.

Knows arguments; what a bridge does is in `laptop` and `relay`.
"""

import argparse
import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from tui.config import ConfigError, bridge_socket, load, state_folder
from tui.processes.logs import open_log

DESCRIPTION = """Lend this machine's microphone and speaker to a VoiceScope on another machine.
Everything that is not an option of ours goes to ssh, which starts the other end:

  voicescope bridge me@server            then there: voicescope, with audio.bridge = "auto"
  voicescope bridge -p 2222 -J gate me@server
  voicescope bridge --socket FILE        for a socket that an ssh -R of yours forwards
"""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="voicescope bridge",
        usage="voicescope bridge [options] SSH-ARGUMENTS …",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--config", type=Path, help="configuration file; its [audio] names the devices")
    add("--command", default="voicescope", help="how VoiceScope is called on the other machine")
    add("--socket", type=Path, metavar="FILE", help="serve this socket, without ssh")
    add("--relay", action="store_true", help="be the other end (ssh calls this)")
    options, rest = parser.parse_known_args(list(arguments))
    if options.socket and not options.socket.absolute().parent.is_dir():
        raise ConfigError(f"--socket: there is no folder {options.socket.parent}")
    if options.relay:
        from tui.bridge.relay import relay  # noqa: PLC0415

        return asyncio.run(relay(options.socket or bridge_socket()))
    if bool(rest) == bool(options.socket):
        raise ConfigError("bridge: name a host for ssh, or --socket FILE")
    audio = load(options.config).audio
    terminal = _take_standard_error()
    from tui.bridge.laptop import Bridge, run  # noqa: PLC0415

    async def work(bridge: Bridge) -> int:
        if options.socket:
            return await bridge.at_socket(options.socket.absolute())
        return await bridge.over_ssh(rest, options.command)

    return asyncio.run(run(work, audio.input, audio.output, terminal))


def _take_standard_error() -> int:
    """For us and ssh; what PortAudio and ALSA print from C goes to a log."""
    terminal, fd = os.dup(2), open_log(state_folder() / "bridge.log")
    if fd < 0:
        fd = os.open(os.devnull, os.O_WRONLY)
    os.dup2(fd, 2)
    os.close(fd)
    return terminal
