"""The command `voicescope agent`: arguments in, a running server, an exit code out.

Knows the command line and the environment; what is served is in `server.py`, whose imports wait
until the arguments are known to be good.
"""

import argparse
import asyncio
import json
import logging
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tui.agent.admission import Policy, is_loopback
from tui.agent.log import JsonHandler
from tui.agent.profile import Agents, AgentsError, built_in
from tui.agent.protocols import NAMES
from tui.agent.scenarios.scenario import (
    Scenario,
    ScenarioError,
    load_scenario,
    packaged,
    packaged_names,
)

USAGE_ERROR = 2


class Mistake(Exception):
    """Arguments that can't be followed; the text says what to do."""


def main(argv: list[str] | None = None) -> int:
    """Runs until SIGTERM, SIGINT, or the end of the parent. Gives 0 for an orderly end, 1 when the
    address can't be had, 2 for arguments that can't be followed."""
    args = _parser().parse_args(argv)
    if args.list_scenarios:
        print(_json() if args.json else "\n".join(_scenarios()))
        return 0
    try:
        policy = _policy(args, os.environ)
        agents = built_in()
        for path in args.agents:
            agents = agents.with_file(path)
        scenario = _scenario(args.scenario) if args.scenario else None
    except (Mistake, AgentsError, ScenarioError) as mistake:
        return _complain(str(mistake), USAGE_ERROR)
    logging.basicConfig(level=logging.WARNING, handlers=[JsonHandler()])
    try:
        asyncio.run(_serve(args, policy, agents, scenario))
    except KeyboardInterrupt:
        return 0
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        where = f"port {args.port} on {args.host}"
        return _complain(f"can't listen on {where}: {reason}; --port 0 takes a free one", 1)
    return 0


async def _serve(
    args: argparse.Namespace, policy: Policy, agents: Agents, scenario: Scenario | None
) -> None:
    from tui.agent.protocol import load_protocols  # noqa: PLC0415  slow, see above
    from tui.agent.server import Options, Server  # noqa: PLC0415

    options = Options(
        host="127.0.0.1" if args.host == "localhost" else args.host,
        port=args.port,
        policy=policy,
        agents=agents,
        strict=args.strict,
        scenario=scenario,
        max_conversations=args.max_conversations,
        idle_s=args.idle_timeout or None,
        lazy_speech=args.lazy_speech,
    )
    await Server(options, load_protocols()).run(sys.stdout)


def _scenario(named: Path) -> Scenario:
    """A file, else a packaged one of that name. Raises ScenarioError."""
    if named.exists() or named.suffix:
        return load_scenario(named)
    found = (packaged(str(named), protocol) for protocol in NAMES)
    if scenario := next(filter(None, found), None):
        return scenario
    raise ScenarioError(
        f"--scenario {named}: there is no such file, nor a packaged one of that name; "
        "--list-scenarios lists those"
    )


def _scenarios() -> Iterator[str]:
    for protocol in NAMES:
        yield f"{protocol}:"
        for name in packaged_names(protocol):
            found = packaged(name, protocol)
            yield f"  {name:<28} {found.head.about if found else ''}"


def _json() -> str:
    found = (
        (protocol, n, packaged(n, protocol)) for protocol in NAMES for n in packaged_names(protocol)
    )
    rows = [{"protocol": p, "name": n, "about": one.head.about} for p, n, one in found if one]
    return json.dumps(rows)


def _policy(args: argparse.Namespace, environment: Mapping[str, str]) -> Policy:
    names = {"localhost"}
    if not is_loopback(args.host):
        if not args.allow_remote:
            raise Mistake(
                f"{args.host} can be reached from other machines; add --allow-remote to mean it"
            )
        names |= {args.host, _machine_name()}
    key = None
    if args.token_env:
        key = environment.get(args.token_env)
        if not key:
            raise Mistake(f"--token-env: the environment variable {args.token_env} is not set")
    return Policy(
        parent_only=args.parent,
        key=key,
        origins=frozenset(origin.rstrip("/") for origin in args.allow_origin),
        host_names=frozenset(name.lower() for name in names),
    )


def _machine_name() -> str:
    return socket.gethostname()


def _complain(message: str, code: int) -> int:
    print(f"voicescope agent: {message}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="voicescope agent",
        description="A local agent that speaks the protocols of hosted voice agents, for trying "
        "things out: it hears, answers and speaks without any network. Prints one JSON line when "
        "ready.",
        epilog="examples:\n  voicescope agent --port 8000\n"
        "  voicescope agent --scenario refusal.toml --strict",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    add("--port", type=_port, default=0, help="port to listen on; 0 takes a free one (default)")
    add("--token-env", metavar="NAME", help="environment variable with the API key to ask for")
    add(
        "--allow-origin",
        metavar="ORIGIN",
        action="append",
        default=[],
        help="let web pages of this origin in, such as https://example.org (may be repeated)",
    )
    add("--allow-remote", action="store_true", help="allow a --host other machines can reach")
    add("--max-conversations", type=_count, default=32, metavar="N", help="at a time (default 32)")
    add(
        "--idle-timeout",
        type=_seconds,
        default=0.0,
        metavar="SECONDS",
        help="close a conversation without user input (default 0: never)",
    )
    add(
        "--agents",
        metavar="FILE.toml",
        type=Path,
        action="append",
        default=[],
        help="serve the agents of this file as well (may be repeated)",
    )
    add(
        "--scenario",
        metavar="FILE.toml",
        type=Path,
        help="act this out in every conversation; also the name of a packaged one, which a URL "
        "can ask for as well: ?scenario=NAME",
    )
    add("--list-scenarios", action="store_true", help="list the packaged ones, and end")
    add("--json", action="store_true", help="the list as JSON")
    add("--strict", action="store_true", help="close 1008 on a malformed frame of the client")
    add(
        "--lazy-speech", action="store_true", help="load speech when it is first needed, not before"
    )
    add("--parent", action="store_true", help="serve the parent process only, and end with it")
    return parser


def _port(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 65535:
        raise ValueError
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise ValueError
    return value


_port.__name__, _count.__name__, _seconds.__name__ = "port", "count", "number of seconds"
