/** Whose turn it is in a machine, and what time it is, written down. */
import type { Kernel } from '../kernel/kernel.js';
import type { Recorder } from './recorder.js';

/** A clock whose every reading is written down, in whole microseconds as the recording has them. */
export function recordedClock(recorder: Recorder, nowMs: () => number): () => number {
  return () => {
    const us = Math.round(nowMs() * 1000);
    recorder.write('clock', { us });
    return us / 1000;
  };
}

/** Records when timers fire and sleepers go on. Returns what ends it. */
export function recordTurns(recorder: Recorder, { diagnostics }: Kernel): () => void {
  return diagnostics.turn.subscribe((turn) => {
    if (turn === 'timer' || turn === 'turn') recorder.enter(turn, {});
  });
}

/**
 * Records each look at what nobody tells of, if it finds or causes anything. A replay looks when the
 * recording says so, and needs no records of its own. Returns what ends it.
 */
export function recordLooks(recorder: Recorder, { diagnostics }: Kernel): () => void {
  const write = (): void => recorder.write('poll', {});
  return diagnostics.turn.subscribe((turn) => {
    if (turn === 'poll') {
      if (recorder.sharedMemories.take()) write();
      else recorder.beginLazily(write);
    } else if (turn === 'polled') recorder.endLazily();
    else if (turn === 'worked' && !recorder.endLazily()) write();
  });
}
