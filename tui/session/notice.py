"""How a session stands, in one notice for the screen.

Knows where everything that is shown is to be asked; keeps nothing and changes nothing.
"""

import time

from tui.notices import Notice
from tui.session.caller import Caller
from tui.session.recorder import Recorder
from tui.session.tools import Toolbox
from tui.session.voice import Voice


def notice_of(
    caller: Caller,
    voice: Voice,
    recorder: Recorder,
    tools: Toolbox,
    *,
    target: str,
    stalled_after_ms: int,
    final: bool = False,
) -> Notice:
    """The present; `target` is what is being called; a shorter silence than the limit is none."""
    call, standing = caller.call, caller.standing
    ears, mouth = voice.ears, voice.mouth
    stalled_ms = call.stalled_ms(time.monotonic_ns()) if call else 0
    return Notice(
        state=standing.state,
        detail=standing.detail,
        failure=standing.failure,
        records=recorder.count,
        target=target,
        live_ns=call.vitals.live_ns if call else 0,
        muted=ears.muted,
        push_to_talk=voice.push_to_talk,
        held=voice.held,
        switched=voice.switched,
        mic_available=ears.port is not None,
        speaker_available=mouth.port is not None,
        audio_advice=voice.advice,
        mic_dbfs=round(ears.level, 1),
        speaker_dbfs=round(mouth.level, 1),
        mic_peak_dbfs=round(ears.peak, 1),
        speaker_peak_dbfs=round(voice.speaker_peak, 1),
        audio_warnings=voice.warnings,
        buffer_ms=mouth.buffer_ms if mouth.port is not None else 0,
        echo=voice.echo,
        bridge_ms=voice.bridge_ms,
        recording=voice.recording,
        devices=voice.devices,
        devices_advice=voice.devices_advice,
        speaking=ears.speaking,
        agent_speaking=mouth.playing,
        vad_score=call.vitals.vad_score if call else None,
        round_trip_ms=call.vitals.round_trip_ms if call else None,
        stalled_ms=stalled_ms if stalled_ms > stalled_after_ms else 0,
        pending_tools=tools.pending,
        retry_at_ns=standing.retry_at_ns,
        retry_attempt=standing.retry_attempt,
        duration_limit_s=standing.duration_limit_s,
        mic_file_finished=ears.file_finished,
        journal_error=recorder.error,
        final=final,
    )
