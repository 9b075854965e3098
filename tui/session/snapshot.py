"""How a session stands, in one notice for the screen.

Knows where everything that is shown is to be asked; keeps nothing and changes nothing.
"""

import time

from tui.notices import Notice
from tui.session.call import Call
from tui.session.limits import Limits
from tui.session.recorder import Recorder
from tui.session.sound.engine import SoundEngine
from tui.session.tools.toolbox import Toolbox
from tui.session.vitals import CallStatus


def notice_of(
    call: Call | None,
    status: CallStatus,
    engine: SoundEngine,
    recorder: Recorder,
    tools: Toolbox,
    *,
    limits: Limits | None,
    target: str,
    stalled_after_ms: int,
    asking_after: bool,
    final: bool = False,
) -> Notice:
    """The present; `target` is what is being called; a shorter silence than the limit is none."""
    microphone, speaker = engine.microphone, engine.speaker
    stalled_ms = call.stalled_ms(time.monotonic_ns()) if call else 0
    return Notice(
        state=status.state,
        detail=status.detail,
        failure=status.failure,
        records=recorder.count,
        target=target,
        live_ns=call.vitals.live_ns if call else 0,
        muted=microphone.muted,
        push_to_talk=engine.push_to_talk,
        held=engine.held,
        switched=engine.switched,
        mic_available=microphone.port is not None,
        audio_advice=engine.advice,
        mic_dbfs=round(microphone.level, 1),
        speaker_dbfs=round(speaker.level, 1),
        mic_peak_dbfs=round(microphone.peak, 1),
        speaker_peak_dbfs=round(engine.speaker_peak, 1),
        audio_warnings=engine.warnings,
        buffer_ms=speaker.buffer_ms if speaker.port is not None else 0,
        echo=engine.echo,
        bridge_ms=engine.bridge_ms,
        recording=engine.recording,
        devices=engine.devices,
        devices_advice=engine.devices_advice,
        speaking=microphone.speaking,
        agent_speaking=speaker.playing,
        vad_score=call.vitals.vad_score if call else None,
        round_trip_ms=call.round_trip_ms if call else None,
        stalled_ms=stalled_ms if stalled_ms > stalled_after_ms else 0,
        pending_tools=tools.pending,
        retry_at_ns=status.retry_at_ns,
        retry_attempt=status.retry_attempt,
        duration_limit_s=_sooner(
            status.duration_limit_s,
            call.vitals.duration_limit_s if call else 0,
            _seconds(limits.ends_ns() - call.vitals.live_ns if limits and call else 0),
        ),
        limit=limits.mark if limits and call else "",
        mic_file_finished=microphone.file_finished,
        journal_error=recorder.error,
        asking_after=asking_after,
        final=final,
    )


def _seconds(ns: int) -> int:
    return max(round(ns / 1e9), 0)


def _sooner(*limits_s: int) -> int:
    """The shortest limit there is; 0 where there is none."""
    return min((limit for limit in limits_s if limit), default=0)
