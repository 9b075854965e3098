"""One line that says what a local fact was. Uncleaned: facts quote devices, servers and reasons."""

from tui import events
from tui.analysis.cost import money
from tui.analysis.units import bytes_text, duration_text
from tui.events import Event


def fact_text(fact: Event | None) -> str:  # noqa: PLR0911, PLR0912  one line a fact
    """What the log shows behind a fact's name; "" where the name says it all."""
    match fact:
        case events.JournalOpened(provider=provider, version=version):
            return f"{provider}, voicescope {version}"
        case events.LinkOpening(target=target):
            return target
        case events.LinkOpened(elapsed_ms=ms):
            return f"after {duration_text(ms)}"
        case events.LinkClosed(by=by, code=code, reason=reason, elapsed_ms=ms, refused=refused):
            why = f' "{reason}"' if reason else ""
            who = "us: a frame was refused" if refused else by
            return f"{code}{why} by {who}, after {duration_text(ms)}"
        case events.LinkFailed(reason=reason, advice=advice):
            return f"{reason}; {advice}" if advice else reason
        case events.AudioOpened(side=side, device=device, rate=rate, latency_ms=ms):
            return f"{side} {device}, {rate / 1000:g} kHz, {ms:.0f} ms latency"
        case events.AudioFailed(side=side, reason=reason, advice=advice):
            return f"{side}: {reason}; {advice}" if advice else f"{side}: {reason}"
        case events.AudioGlitched(what=what, count=count, gap_ms=ms):
            return f"{what} ×{count}" + (f", {duration_text(ms)}" if ms else "")
        case events.MicMuted(muted=muted):
            return "off: silence is sent" if muted else "on"
        case events.PlaybackStarted(reply_id=reply_id):
            return f"id={reply_id} first sample at the speaker"
        case events.PlaybackAudible(reply_id=reply_id):
            return f"id={reply_id} first sample that can be heard"
        case events.PlaybackFinished(reply_id=reply_id, heard_ms=heard):
            return f"id={reply_id} all heard, {duration_text(heard)}"
        case events.PlaybackFlushed(heard_ms=heard, dropped_ms=dropped, cause=cause):
            return (
                f"{cause}: dropped {duration_text(dropped)} of agent audio, "
                f"{duration_text(heard)} heard"
            )
        case events.ReplySilenced(reply_id=reply_id, cause=cause):
            return f"id={reply_id} {'typed over' if cause == 'text' else 'stopped by key'}"
        case events.YieldSettled(reply_id=reply_id, confirmed=confirmed, elapsed_ms=ms):
            how = "the agent gave way" if confirmed else "the agent did not give way"
            return f"id={reply_id} {how}, {duration_text(ms)} after the text"
        case events.AgentProcessStarted(pid=pid):
            return f"pid {pid}"
        case events.AgentProcessEnded(exit_code=code, detail=detail):
            return f"exit {code} {detail}".rstrip()
        case events.Noted(text=text) | events.ProtocolErred(reason=text):
            return text
        case _:
            return _work_text(fact)


def report_text(report: events.CallReported) -> str:
    """`done, 34 s, 312 credits, $0.0312, 5 turns`"""
    parts = [
        report.status,
        "" if report.duration_s is None else f"{report.duration_s:g} s",
        "" if report.credits is None else f"{report.credits:g} credits",
        "" if report.usd is None else money(report.usd),
        f"{len(report.turns)} turns",
        report.ended,
    ]
    return ", ".join(filter(None, parts))


def _work_text(fact: Event | None) -> str:  # noqa: PLR0911, PLR0912  one line a fact
    """Set-up, retries, tools and files."""
    match fact:
        case events.LinkRetrying(attempt=attempt, delay_ms=ms, reason=reason):
            return f"attempt {attempt} in {duration_text(ms)}: {reason}"
        case events.SetupChosen(names=names):
            return ", ".join(names) or "nothing is overridden"
        case events.PreflightFound(problems=problems):
            return "; ".join(problems)
        case events.DurationLimited(seconds=seconds):
            return f"{seconds} s at most"
        case events.LimitNeared(text=text):
            return text
        case events.Priced():
            return _price_text(fact)
        case events.ToolAsked(name=name, call_id=call_id):
            return f"{name} {call_id} waits for your word"
        case events.ToolDecided(call_id=call_id, approved=approved, by=by):
            return f"{call_id} {'approved' if approved else 'refused'} by {by}"
        case events.ToolStarted(name=name, call_id=call_id):
            return f"{name} {call_id}"
        case events.ToolFinished(outcome="unknown", name=name, call_id=call_id):
            return f"{name}: no tool of that name here, [tools] lacks it · {call_id}"
        case events.ToolFinished(name=name, call_id=call_id, outcome=outcome, elapsed_ms=ms):
            waited = f", waited {duration_text(fact.waited_ms)} for you" if fact.waited_ms else ""
            return f"{name} {outcome}, ran {duration_text(ms)}{waited} · {call_id}"
        case events.CallReported():
            return report_text(fact)
        case events.FileUploaded(name=name, file_id=file_id, size=size):
            return f"{name}, {bytes_text(size)}, {file_id}"
        case events.UploadFailed(name=name, reason=reason):
            return f"{name}: {reason}"
        case events.RawSent(problem=problem):
            return f"by hand, although {problem}" if problem else "by hand"
        case _:
            return _sound_text(fact)


def _price_text(priced: events.Priced) -> str:
    """`gpt-realtime-2.1: audio $32/$0.4/$64 … per M tokens, of 2026-11-23: source`."""
    if priced.free:
        return "the local agent costs nothing"
    named = f"{priced.part} {priced.model}".rstrip()
    rates = [(kind, getattr(priced, kind)) for kind in ("text", "audio", "image")]
    parts = [f"{kind} {'/'.join(f'${usd:g}' for usd in rate)}" for kind, rate in rates if rate]
    told = [f"{', '.join(parts)} per M tokens (in/cached/out)"] if parts else []
    if priced.minute is not None:
        told.append(f"${priced.minute:g}/min")
    if not told:
        return f"{named}: price not known"
    return f"{named}: {', '.join(told)}, of {priced.date}: {priced.source}"


def _sound_text(fact: Event | None) -> str:  # noqa: PLR0911  one line a fact
    """How the sound is sent, heard and kept."""
    match fact:
        case events.SpeechPlaced(edge=edge):
            return f"{edge} of your speech, by the agent's count of what was sent"
        case events.RoundTripMeasured(round_trip_ms=ms, by=by):
            return f"{ms:.1f} ms there and back, by the {by}"
        case events.CallHeld(held=held):
            return "silence both ways" if held else "goes on"
        case events.PushToTalkSet(on=on):
            return "on: the talk key opens the microphone" if on else "off"
        case events.AudioWarned(side=side, text=text, over=over):
            return f"{side}: {text}" + (" (over)" if over else "")
        case events.BufferChanged(buffer_ms=ms, reason=reason):
            return f"{ms} ms: {reason}"
        case events.RecordingStarted(path=path):
            return path
        case events.RecordingFailed(path=path, reason=reason):
            return f"{path}: {reason}"
        case _:
            return ""
