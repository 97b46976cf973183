/** Whose turn it is in a machine, and what time it is, written down. */
import type { Kernel } from '../kernel/kernel.js';
import type { Recorder } from './recorder.js';

/** A clock whose every reading is written down, in whole microseconds as the recording has them. */
export function recordedClock(recorder: Recorder, nowMs: () => number): () => number {
  return () => {
    const us = Math.floor(nowMs() * 1000);
    recorder.write('clock', { us });
    return us / 1000;
  };
}

/** Records when timers fire, sleepers go on, and what is found by looking. Returns what ends it. */
export function recordTurns(recorder: Recorder, { diagnostics }: Kernel): () => void {
  return diagnostics.turn.subscribe((turn) => {
    if (turn === 'poll') recorder.beginLazily(() => recorder.write('poll', {}));
    else if (turn === 'polled') recorder.endLazily();
    else recorder.write(turn, {});
  });
}
