/**
 * Signals sent to uvfio are meant for the program. What a terminal sends (Ctrl-C, a window's new size)
 * goes to the whole foreground group, the program included; only what was sent to uvfio alone is passed on.
 */

/** From the terminal's keyboard or driver, when there is a terminal. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGWINCH'];
const ALWAYS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'];

const ASK_FOR_THE_END: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'];

export interface SignalForwarding {
  /**
   * Passes signals on to this process, those that came before included.
   * @param mind called with each signal that asks for the end
   */
  to(pid: number, mind: () => void): void;
  /** Gives signals their usual effect on uvfio itself again. */
  stop(): void;
}

/** Takes the effect of signals on uvfio away at once, so that it always outlives the program. */
export function forwardSignals(): SignalForwarding {
  let target: number | undefined;
  let mind: (() => void) | undefined;
  const early: NodeJS.Signals[] = [];
  const heard = (signal: NodeJS.Signals): void => {
    if (ASK_FOR_THE_END.includes(signal)) mind?.();
  };
  const pass = (signal: NodeJS.Signals): void => {
    heard(signal);
    if (target === undefined) early.push(signal);
    else send(target, signal);
  };
  const sentToAll = process.stdin.isTTY === true;
  const handlers = new Map<NodeJS.Signals, () => void>([
    ...FROM_TERMINAL.map(
      (signal) => [signal, () => (sentToAll ? heard(signal) : pass(signal))] as const,
    ),
    ...ALWAYS.map((signal) => [signal, () => pass(signal)] as const),
  ]);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return {
    to(pid, whenAsked) {
      target = pid;
      mind = whenAsked;
      for (const signal of early.splice(0)) send(pid, signal);
    },
    stop() {
      for (const [signal, handler] of handlers) process.off(signal, handler);
    },
  };
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
