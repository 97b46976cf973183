/** How devices are left: still running, never reset, or asked for in vain. */
import { PCI_COMMAND_MASTER } from '../../uapi/pci-regs.js';
import { DeviceInfo, VFIO_DEVICE_FLAGS_RESET } from '../../uapi/vfio.js';
import { hex, sizeText } from '../decode/quantities.js';
import type { SessionCall } from '../session-call.js';
import type { SessionEvent } from '../session-event.js';
import { requestOf } from '../requested.js';
import { isRefusal } from './bus-master-findings.js';
import type { Detector, Finding } from './finding.js';

/** VFIO_PCI_REQ_IRQ_INDEX and VFIO_PCI_ERR_IRQ_INDEX are above: no interrupts of the device. */
const LAST_INTERRUPT_INDEX = 2;
const REQUEST_INDEX = 4;
/** A program that keeps a device longer than this after it was asked for does not listen. */
const PATIENCE_US = 1_000_000;

interface DeviceState {
  isBusMaster: boolean;
  /** Interrupts with an eventfd. */
  readonly armed: Set<string>;
  hasRequestEventFd: boolean;
  /** It has done something since it was last reset. */
  isActive: boolean;
  /** The same, before the kernel began to close it. */
  wasActive: boolean;
  wasReset: boolean;
  canReset: boolean;
  /** The program has closed it, and nothing has been found wrong with that. */
  isClosedWell: boolean;
  /** How often the kernel wanted it back, and when first. */
  requests: number;
  requestedUs: number;
}

/** Whether a file was closed by the program itself. */
type IsClosed = (call: SessionCall) => boolean;

export class DeviceFindings implements Detector {
  readonly #devices = new Map<string, DeviceState>();
  readonly #findings: Finding[] = [];
  readonly #ignored = new Set<string>();
  /** Devices of which a closed eventfd was found. */
  readonly #gone = new Set<string>();
  readonly #isClosed: IsClosed;

  constructor(isClosed: IsClosed) {
    this.#isClosed = isClosed;
  }

  /** Whether it was asked for in vain: then it is clear that it was not closed. */
  wasIgnored(device: string): boolean {
    return this.#ignored.has(device);
  }

  event(event: SessionEvent, us: number, call: SessionCall | undefined): void {
    if (event.kind === 'eventGone') this.#eventGone(event.fd, call);
    if (!('device' in event)) return;
    const state = this.#state(event.device);
    switch (event.kind) {
      case 'command':
        state.isBusMaster = (event.command & PCI_COMMAND_MASTER) !== 0;
        return;
      case 'armed':
        arm(state, event);
        return;
      case 'dma':
        if (event.fault === '') state.isActive = true;
        this.#wentOn(event, state);
        return;
      case 'interrupt':
        state.isActive = true;
        this.#wentOn(event, state);
        return;
      case 'reset':
        state.isActive = false;
        state.wasReset = true;
        return;
      case 'session':
        if (event.stage === 'requested' && state.requests === 0) state.requestedUs = us;
        this.#session(event, state, us, call);
        return;
      default:
    }
  }

  call(call: SessionCall): void {
    const device = call.file?.device;
    if (device === undefined || call.result < 0) return;
    const decoded = requestOf(call);
    if (decoded?.name !== 'VFIO_DEVICE_GET_INFO') return;
    const { output } = decoded.request;
    if (output.byteLength < DeviceInfo.size) return;
    this.#state(device).canReset =
      (DeviceInfo.decode(output).flags & VFIO_DEVICE_FLAGS_RESET) !== 0;
  }

  findings(): readonly Finding[] {
    return this.#findings;
  }

  #session(
    { device, stage, wasReset }: Extract<SessionEvent, { kind: 'session' }>,
    state: DeviceState,
    us: number,
    call: SessionCall | undefined,
  ): void {
    if (stage === 'requested') state.requests += 1;
    if (stage === 'opened') this.#devices.set(device, newState());
    const isClosed = call !== undefined && this.#isClosed(call);
    if (stage === 'closing') {
      state.wasActive = state.isActive;
      const isPrompt = isClosed && us - state.requestedUs < PATIENCE_US;
      if (state.requests > 0 && !isPrompt) this.#ignore(device, state);
      else if (isClosed && state.isActive && isEnabled(state)) this.#leftEnabled(device, state);
      else state.isClosedWell = isClosed;
    }
    if (stage === 'closed' && !wasReset && state.isActive && state.canReset && !state.wasReset) {
      this.#findings.push({
        kind: 'never-reset',
        text: `${device} was used and given back, and never reset.`,
        advice:
          'Call VFIO_DEVICE_RESET before you close it, so that its next user finds it as new.',
      });
    }
  }

  /** After a reset nothing signals it any more. */
  #eventGone(fd: number, call: SessionCall | undefined): void {
    const device = call?.file?.device;
    if (device === undefined || this.#gone.has(device)) return;
    const { isActive, wasActive } = this.#state(device);
    if (call?.name === 'release' ? !wasActive : !isActive) return;
    this.#gone.add(device);
    this.#findings.push({
      kind: 'eventfd-closed',
      text: `The program closed the eventfd ${fd} while it was still set for an interrupt of ${device}.`,
      advice: 'Take it away with VFIO_DEVICE_SET_IRQS (DATA_NONE, count 0) before you close it.',
    });
  }

  #leftEnabled(device: string, { isBusMaster, armed }: DeviceState): void {
    const what = [
      ...(isBusMaster ? ['bus mastering on'] : []),
      ...(armed.size > 0 ? ['interrupts armed'] : []),
    ];
    this.#findings.push({
      kind: 'enabled-at-close',
      text: `${device} was closed while running, with ${what.join(' and ')}.`,
      advice:
        'Stop it first: reset it, or clear bit 2 of PCI_COMMAND and disable its interrupts (VFIO_DEVICE_SET_IRQS, DATA_NONE, count 0).',
    });
  }

  /** What the program had it do was not done when it was closed: the kernel has stopped it. */
  #wentOn(event: SessionEvent, state: DeviceState): void {
    if (!state.isClosedWell || !isRefusal(event)) return;
    state.isClosedWell = false;
    const { device } = event;
    const what =
      event.kind === 'interrupt'
        ? 'raise an interrupt'
        : `${event.isWrite ? 'write' : 'read'} ${sizeText(event.length)} at IOVA ${hex(event.iova)}`;
    this.#findings.push({
      kind: 'enabled-at-close',
      text: `${device} was closed while it was at work: it tried to ${what} after that.`,
      advice: 'Wait until it has done what it was told, or reset it, before you close it.',
    });
  }

  #ignore(device: string, { requests, hasRequestEventFd }: DeviceState): void {
    this.#ignored.add(device);
    const asked = requests === 1 ? 'once' : `${requests} times`;
    const how = hasRequestEventFd
      ? `its request eventfd was signalled ${asked}`
      : 'the program has set no eventfd for requests (VFIO_PCI_REQ_IRQ_INDEX)';
    this.#findings.push({
      kind: 'request-ignored',
      text: `The kernel wanted ${device} back, and the program kept it: ${how}.`,
      advice: 'Wait for the request eventfd too, and close the device when it is signalled.',
    });
  }

  #state(device: string): DeviceState {
    let state = this.#devices.get(device);
    if (state === undefined) {
      state = newState();
      this.#devices.set(device, state);
    }
    return state;
  }
}

function isEnabled({ isBusMaster, armed }: DeviceState): boolean {
  return isBusMaster || armed.size > 0;
}

function arm(
  state: DeviceState,
  { index, vector, isArmed }: Extract<SessionEvent, { kind: 'armed' }>,
): void {
  if (index === REQUEST_INDEX && isArmed) state.hasRequestEventFd = true;
  if (index > LAST_INTERRUPT_INDEX) return;
  const key = `${index} ${vector}`;
  if (isArmed) state.armed.add(key);
  else state.armed.delete(key);
}

function newState(): DeviceState {
  return {
    isBusMaster: false,
    armed: new Set(),
    hasRequestEventFd: false,
    isActive: false,
    wasActive: false,
    wasReset: false,
    canReset: false,
    isClosedWell: false,
    requests: 0,
    requestedUs: 0,
  };
}
