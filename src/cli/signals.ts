/**
 * Signals sent to uvfio are meant for the program. What a terminal sends (Ctrl-C, a window's new size)
 * goes to the whole foreground group, the program included; only what was sent to uvfio alone is passed on.
 */

/** From the terminal's keyboard or driver, when there is a terminal. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGWINCH'];
const ALWAYS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'];

const ASK_FOR_THE_END: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'];

export interface SignalForwarding {
  /** Passes signals on to this process, those that came before included. */
  to(pid: number): void;
  /** Calls `listener` with each signal that asks for the end, from now on. */
  onAsked(listener: () => void): void;
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
  // Before there is a program, a terminal has sent it nothing.
  const wasSentToAll = (): boolean => process.stdin.isTTY === true && target !== undefined;
  const handlers = new Map<NodeJS.Signals, () => void>([
    ...FROM_TERMINAL.map(
      (signal) => [signal, () => (wasSentToAll() ? heard(signal) : pass(signal))] as const,
    ),
    ...ALWAYS.map((signal) => [signal, () => pass(signal)] as const),
  ]);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return {
    to(pid) {
      target = pid;
      for (const signal of early.splice(0)) send(pid, signal);
    },
    onAsked(listener) {
      mind = listener;
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
