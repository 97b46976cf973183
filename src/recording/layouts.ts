/**
 * What a recording consists of: records of these kinds, in the order of what happened. Tasks, memories,
 * files, eventfds, disks and address spaces have numbers, given when they are first mentioned.
 *
 * What comes from outside the machine (calls, the memory and descriptors of programs, time, disks) is
 * there so that a replay can give it to a fresh machine again; what the machine does (results, DMA,
 * interrupts, …) so that it can be compared.
 */
import { bytes, flag, float, int, text, u64, uint } from './field.js';

const transfer = { task: uint, file: uint, address: int, count: int, offset: int };
const memoryAccess = { memory: uint, address: int, length: uint, isOk: flag, bytes };
const event = { event: uint };
const sharedBytes = { memory: uint, offset: uint, bytes };
/** `isAnswer`: done by somebody outside while the machine gave them something. */
const port = { port: uint, isAnswer: flag };

export const layouts = {
  /** First of all: the machine as JSON, or, where it can't be written down, what was chosen. */
  machine: { description: text, choice: text, owner: text },
  // Whom the rest is about.
  /** A task, and the number of its memory; `isProgram`: not one that the host itself reads with. */
  task: { task: uint, memory: uint, pid: uint, comm: text, isProgram: flag },
  /** A device that there is; `capabilities`: `id@offset` of each in its list. */
  function: { device: text, model: text, capabilities: text },
  /** What the data sheet calls a register that has been touched. */
  registerName: { device: text, region: uint, offset: uint, name: text },
  /** A file has been opened. */
  file: { file: uint, label: text },
  // Native system calls, around what the machine is asked for by them.
  /** A thread has made a call; arguments as they are in registers. */
  begin: {
    task: uint,
    tid: uint,
    us: uint,
    name: text,
    a0: int,
    a1: int,
    a2: int,
    a3: int,
    a4: int,
    a5: int,
  },
  /** It is answered. `fd`: a descriptor given to the program, or -1. */
  end: { tid: uint, us: uint, result: int, fd: int },
  /** The path that the current call is about, and where it leads to if it is a link that was read. */
  path: { path: text, target: text },
  // System calls.
  open: { task: uint, path: text, flags: uint },
  read: transfer,
  write: transfer,
  ioctl: { task: uint, file: uint, command: uint, argument: int, isCompat: flag },
  mmap: { task: uint, file: uint, length: int, protection: uint, isShared: flag, offset: int },
  close: { file: uint },
  lseek: { file: uint, offset: int, whence: uint },
  chmod: { task: uint, path: text, mode: uint },
  chown: { task: uint, path: text, uid: int, gid: int, followsLast: flag },
  /** The call of this number (they count from 1) has ended; `file`: what was opened, or 0. */
  exit: { call: uint, result: int, file: uint },
  // What the machine asks of the task that calls.
  /** It reads memory. `bytes`: what is there; may be cut off. */
  userRead: memoryAccess,
  /** `rest`: of bytes that are cut off, a number that most likely differs when they do. */
  userWrite: { ...memoryAccess, rest: uint },
  /** Pages to pin: how many count as locked, or -1 when they can't be pinned. */
  pin: { memory: uint, address: int, length: int, isWritable: flag, counted: int },
  mlocked: { memory: uint, pages: uint },
  credentials: { task: uint, uid: int, gid: int, groups: text, capabilities: uint },
  memlock: { task: uint, bytes: float },
  /** The file behind a descriptor: 0 for none, -1 for one that is not the machine's. */
  lookup: { task: uint, fd: int, file: int },
  /** A descriptor number, or −errno. */
  reserve: { task: uint, closeOnExec: flag, result: int },
  unreserve: { task: uint, fd: int },
  install: { task: uint, fd: int, file: uint },
  /** The eventfd behind a descriptor, or −errno. */
  eventGet: { task: uint, fd: int, result: int },
  eventSignal: { event: uint, count: uint },
  eventListen: event,
  eventUnlisten: event,
  eventPut: event,
  /** The program had closed an eventfd that the machine still had for an interrupt. */
  eventGone: { event: uint, fd: int },
  /** A program has signalled an eventfd that the machine listens to. */
  eventFired: event,
  // Time, and whose turn it is.
  /** The machine looks at the clock: microseconds since it started. */
  clock: { us: uint },
  timer: {},
  turn: {},
  poll: {},
  /** Promises that are fulfilled go on. */
  settle: {},
  /** Something is asked of the machine from outside, as the control protocol has it. */
  control: { method: text, parameters: text },
  /** The model of a device that is plugged in has been loaded from its file, or could not be. */
  loaded: {},
  // Memory that clients and devices share.
  /** Clients have stored something. */
  stored: sharedBytes,
  /** A device shows something. */
  shown: sharedBytes,
  /** A page is to be watched; not everywhere that can be. */
  watched: { memory: uint, offset: uint, isPossible: flag },
  touched: { memory: uint, offset: uint, isTouched: flag },
  /** Whether all who may have been reading the page have got on. */
  through: { memory: uint, offset: uint, areThrough: flag },
  // What networks have outside of the machine: what comes from there,
  portAttach: port,
  portSend: { ...port, bytes },
  portDiscard: port,
  portFlush: port,
  /** Whether somebody else would take a frame. */
  portAsk: port,
  portReady: port,
  portCarrier: { ...port, isOn: flag },
  portModes: { ...port, modes: uint },
  portClose: port,
  /** Somebody outside wants to be woken later, */
  outsideTimer: { ...port, timer: uint, delayMs: float },
  /** or no longer. */
  outsideTimerEnd: { ...port, timer: uint },
  /** and what goes there, with the answer. */
  portTake: { port: uint, length: uint, rest: uint, isTaken: flag },
  portCanTake: { port: uint, answer: flag },
  /** Of a capture that is sent into a network. */
  captureRead: { capture: uint, failure: text, bytes },
  // Disks.
  disk: { disk: uint, file: text, size: uint, isReadOnly: flag },
  diskRead: { disk: uint, offset: uint, failure: text, bytes },
  diskWrite: { disk: uint, offset: uint, length: uint, failure: text },
  diskDiscard: { disk: uint, offset: uint, length: uint, failure: text },
  diskFlush: { disk: uint, failure: text },
  diskClose: { disk: uint },
  // What happens to devices.
  dma: { device: text, domain: uint, iova: u64, length: uint, isWrite: flag, fault: text, bytes },
  iommuFault: { device: text, iova: u64, isWrite: flag, reason: text },
  interrupt: { device: text, interrupt: text, vector: uint, stage: text, reason: text },
  armed: { device: text, index: uint, vector: uint, isArmed: flag },
  register: {
    device: text,
    region: uint,
    offset: uint,
    size: uint,
    isWrite: flag,
    value: u64,
    isMapped: flag,
  },
  mapping: {
    isAdded: flag,
    domain: uint,
    memory: uint,
    iova: u64,
    size: uint,
    address: uint,
    isReadable: flag,
    isWritable: flag,
  },
  locked: { memory: uint, pages: uint, limit: float },
  reset: { device: text, cause: text },
  command: { device: text, command: uint },
  session: { device: text, stage: text, wasReset: flag },
  unmodelled: { device: text, bar: uint, offset: uint, size: uint, isWrite: flag, value: u64 },
  activity: { device: text, text },
  log: { level: text, text },
};
