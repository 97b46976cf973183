/** The machine's thread: builds the machine, serves programs, and reports to the main thread. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { DescriptionError } from '../machine/description-error.js';
import { loadDescription } from '../machine/load-description.js';
import { Machine } from '../machine.js';
import { ScratchDirectory } from './scratch-directory.js';
import { Server } from './server.js';
import type { ServerOrder, ServerReport, ServerWorkerData } from './server-protocol.js';
import { SharedMemory } from './shared-memory.unsafe.js';
import { EventFd } from './native/event-fd.unsafe.js';

const port = parentPort;
if (port === null) throw new Error('server-worker runs as a worker thread only');
const report = (message: ServerReport): void => port.postMessage(message);

await main(workerData as ServerWorkerData);

async function main(data: ServerWorkerData): Promise<void> {
  const scratch = new ScratchDirectory(data.scratchPath);
  let machine: Machine;
  try {
    machine = new Machine(await loadDescription(data.machine), {
      owner: data.owner,
      createMemory: (name) => new SharedMemory(scratch.memory, name),
    });
  } catch (error) {
    if (!(error instanceof DescriptionError)) throw error;
    report({ type: 'failed', message: error.message });
    return;
  }
  machine.kernel.log.subscribe(({ level, text }) => report({ type: 'log', level, text }));
  const wake = new EventFd(data.wakeFd);
  const server = new Server({
    kernel: machine.kernel,
    listenerFd: data.listenerFd,
    wakeFd: data.wakeFd,
    scratch,
    range: data.range,
    onWake: () => {
      wake.drain();
      return !isEndOrdered();
    },
    onDefect: (error) =>
      report({ type: 'defect', message: String((error as Error).stack ?? error) }),
  });
  report({ type: 'serving' });
  await server.run();
  machine.dispose();
  report({ type: 'ended', leaks: [] });
}

/** The loop never returns to node's own, so messages are fetched when the eventfd says there are some. */
function isEndOrdered(): boolean {
  for (;;) {
    const order = port === null ? undefined : receiveMessageOnPort(port);
    if (order === undefined) return false;
    if ((order.message as ServerOrder).type === 'end') return true;
  }
}
