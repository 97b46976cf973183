/** The machine's thread: builds the machine, serves programs, and reports to the main thread. */
import {
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  workerData,
} from 'node:worker_threads';
import { type ControlEvent, Controller } from '../machine/control/controller.js';
import { RequestError } from '../machine/request-error.js';
import { loadMachine } from '../config/load-machine.js';
import { withModuleModel } from '../config/module-models.js';
import { UserModules } from '../config/user-modules.js';
import { DescriptionError } from '../machine/description-error.js';
import { Machine } from '../machine.js';
import { unmodelledSummary } from '../machine/unmodelled-summary.js';
import { openFileDisk } from './file-disk.unsafe.js';
import { leftoversOf } from './leftovers.js';
import { explainErrno } from './explain-error.js';
import { EventFd } from './native/event-fd.unsafe.js';
import { HotLine } from './native/hot-line.js';
import { NativeCallError } from './native/native-buffer.unsafe.js';
import { runPromptly } from './native/promptness.unsafe.js';
import { ownModules } from './own-modules.js';
import { ScratchDirectory } from './scratch-directory.js';
import { Server } from './server.js';
import { OutsideWorld } from './networks/outside-world.js';
import { NativeRecorder } from './recording/native-recorder.js';
import { RecordStream } from './recording/record-stream.js';
import type {
  BuildOrder,
  ControlOutcome,
  RecordingOrder,
  ServerOrder,
  ServerReport,
} from './server-protocol.js';
import { DeviceMemory } from './device-memory.unsafe.js';

const port = parentPort;
if (port === null) throw new Error('server-worker runs as a worker thread only');
type ControlOrder = Extract<ServerOrder, { type: 'control' }>;
const report = (message: ServerReport, moved: ArrayBuffer[] = []): void =>
  port.postMessage(message, moved);

await main(orderToBuild(port));

/** Waits without listening: orders that come meanwhile would be lost. */
function orderToBuild(from: MessagePort): BuildOrder {
  Atomics.wait(workerData as Int32Array, 0, 0);
  return receiveMessageOnPort(from)?.message as BuildOrder;
}

async function main(order: BuildOrder): Promise<void> {
  const scratch = new ScratchDirectory(order.scratchPath);
  const outside = new OutsideWorld((text) => report({ type: 'log', level: 'notice', text }));
  const recorder = recorderFor(order.recording);
  const machine = await build(order, scratch, outside, recorder);
  if (machine === undefined) return;
  reportFaults(machine, 'start');
  report({ type: 'built' });
  const serveOrder = await orderToServe();
  if (serveOrder === undefined) return;
  runPromptly();
  const wake = new EventFd(order.wakeFd);
  const server = new Server({
    kernel: machine.kernel,
    listenerFd: serveOrder.listenerFd,
    launcherTid: serveOrder.launcherTid,
    hotLine: new HotLine(serveOrder.hotLine),
    wakeFd: order.wakeFd,
    scratch,
    range: order.range,
    makesEventFds: order.makesEventFds,
    outside,
    memlockLimit: order.memlockLimit,
    recorder,
    onWake: () => {
      wake.drain();
      return takeOrders((request) => {
        recorder?.request(request.method, request.params);
        server.track(perform(controller, request));
      });
    },
    onDefect: reportDefect,
  });
  const controller = new Controller(
    machine,
    () => server.openFileHolders(),
    (device) =>
      withModuleModel(device, new UserModules(ownModules), process.cwd()).finally(() =>
        recorder?.loaded(),
      ),
  );
  // What a model's own promises and timers throw, outside of any access.
  process.on('uncaughtException', reportDefect);
  machine.hotPlug.background = (work) => server.track(work);
  await server.run();
  machine.networks.close();
  reportFaults(machine, 'end');
  for (const text of unmodelledSummary(machine.pci)) report({ type: 'log', level: 'info', text });
  for (const message of leftoversOf(machine)) report({ type: 'defect', message });
}

/** Only what there are. */
function reportFaults({ faults }: Machine, when: 'start' | 'end'): void {
  if (faults.report.faults.length > 0) report({ type: 'faults', when, report: faults.report });
}

function reportDefect(error: unknown): void {
  report({ type: 'defect', message: error instanceof Error ? `${error.stack}` : `${error}` });
}

/** The machine that was chosen; undefined, after a report, when its description is wrong. */
async function build(
  order: BuildOrder,
  scratch: ScratchDirectory,
  outside: OutsideWorld,
  recorder: NativeRecorder | undefined,
): Promise<Machine | undefined> {
  const log = (level: string, text: string): void => report({ type: 'log', level, text });
  try {
    const { machine: choice, owner } = order;
    const { plan, source, written } = await loadMachine(
      choice,
      process.cwd(),
      new UserModules(ownModules),
    );
    log('info', `the machine is ${source}`);
    recorder?.machine({ written, choice, owner });
    const machine = new Machine(plan, {
      owner: plan.owner ?? owner,
      createMemory: (name) => {
        const memory = new DeviceMemory(scratch.memory, name);
        return recorder?.memory(memory) ?? memory;
      },
      openDisk: recorder?.disks(openFileDisk) ?? openFileDisk,
      networks: recorder?.networks(outside.surroundings) ?? outside.surroundings,
      containsModelDefects: true,
      log: (entry) => {
        recorder?.log(entry);
        const { level, text, device } = entry;
        log(level, device === undefined ? text : `${device.name}: ${text}`);
      },
    });
    recorder?.attach(machine);
    return machine;
  } catch (error) {
    const message = messageOf(error);
    if (message === undefined) throw error;
    report({ type: 'failed', message });
    return undefined;
  }
}

/** What users can do something about. */
function messageOf(error: unknown): string | undefined {
  if (error instanceof DescriptionError) return error.message;
  if (!(error instanceof NativeCallError)) return undefined;
  const why = `${error.call}: ${explainErrno(error.errno)}`;
  return `the memory of a device can't be made (${why}): see what \`uvfio doctor\` says of limits and room`;
}

function recorderFor(order: RecordingOrder | undefined): NativeRecorder | undefined {
  if (order === undefined) return undefined;
  const send = (batch: Uint8Array<ArrayBuffer>): void =>
    report({ type: 'records', batch }, [batch.buffer]);
  return new NativeRecorder(new RecordStream(order.backlog, send), order.isFull);
}

/** Waits for the listener; undefined when there will be none. */
async function orderToServe(): Promise<Extract<ServerOrder, { type: 'serve' }> | undefined> {
  const order = await new Promise<ServerOrder>((resolve) => {
    port?.once('message', resolve);
  });
  return order.type === 'serve' ? order : undefined;
}

/**
 * The loop never returns to node's own, so messages are fetched when the eventfd says there are some.
 * @returns whether to go on
 */
function takeOrders(onControl: (order: ControlOrder) => void): boolean {
  for (;;) {
    const received = port === null ? undefined : receiveMessageOnPort(port);
    if (received === undefined) return true;
    const order = received.message as ServerOrder;
    if (order.type === 'end') return false;
    if (order.type === 'control') onControl(order);
  }
}

/** Does what is asked from outside, and reports what comes of it. */
async function perform(controller: Controller, order: ControlOrder): Promise<void> {
  const tell = (outcome: ControlOutcome): void =>
    report({ type: 'control', key: order.key, outcome });
  try {
    const emit = (event: ControlEvent): void => tell({ event });
    tell({ result: await controller.handle(order.method, order.params, emit) });
  } catch (error) {
    const code = error instanceof RequestError ? error.code : 'defect';
    tell({ error: { code, message: error instanceof Error ? error.message : String(error) } });
    if (code === 'defect') throw error;
  }
}
