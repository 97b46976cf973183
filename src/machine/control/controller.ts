/** Carries out what is asked of a running machine from outside. */
import type { BusEvent } from '../../kernel/bus.js';
import type { LogEntry } from '../../kernel/log.js';
import type { Timer } from '../../kernel/timers.js';
import type { DeviceDescription } from '../description.js';
import { DescriptionError } from '../description-error.js';
import type { Machine } from '../../machine.js';
import { RequestError } from '../request-error.js';
import { type ControlRequest, parseRequest } from './request.js';
import { type Holder, type OpenFileHolder, topologyOf } from './topology.js';

/** What is told of a request before it is answered. */
export type ControlEvent =
  /** It waits for these to let go of a device; told at once, and whenever they are asked again. */
  | { readonly type: 'waiting'; readonly address: string; readonly holders: readonly Holder[] }
  /** The kernel's log speaks of the device. */
  | { readonly type: 'log'; readonly text: string };

/** Makes a device, in a word or described, one whose model is there. @throws DescriptionError */
export type ModelLoader = (
  device: DeviceDescription | string,
) => Promise<DeviceDescription | string>;

/** How often the core asks for a device in use, and so how often waiting is told of. */
const PATIENCE_MS = 10_000;

export class Controller {
  readonly #machine: Machine;
  readonly #openFiles: () => readonly OpenFileHolder[];
  readonly #load: ModelLoader;

  /**
   * @param openFiles what programs have open now
   * @param load loads what a device that is plugged in names as a file
   */
  constructor(
    machine: Machine,
    openFiles: () => readonly OpenFileHolder[],
    load: ModelLoader = (device) => Promise.resolve(device),
  ) {
    this.#machine = machine;
    this.#openFiles = openFiles;
    this.#load = load;
  }

  /**
   * Carries a request out.
   * @param emit hears of what happens until it is answered
   * @throws RequestError
   */
  async handle(
    method: unknown,
    params: unknown,
    emit: (event: ControlEvent) => void,
  ): Promise<unknown> {
    try {
      return await this.#perform(parseRequest(method, params), emit);
    } catch (error) {
      if (error instanceof DescriptionError) throw new RequestError('bad-device', error.message);
      throw error;
    }
  }

  async #perform(request: ControlRequest, emit: (event: ControlEvent) => void): Promise<unknown> {
    const { hotPlug } = this.#machine;
    switch (request.method) {
      case 'topology':
        return this.#topology();
      case 'plug':
        return hotPlug.plug(await this.#load(request.params.device));
      case 'unplug': {
        const { address, surprise: isSurprise = false } = request.params;
        return await this.#leaving(address, emit, () => hotPlug.unplug(address, { isSurprise }));
      }
      case 'bind': {
        const { address, driver } = request.params;
        return await this.#leaving(address, emit, () => hotPlug.bind(address, driver));
      }
      case 'unbind': {
        const { address } = request.params;
        return await this.#leaving(address, emit, () => hotPlug.unbind(address));
      }
      case 'interrupt':
        hotPlug.interrupt(request.params.address, request.params.vector);
        return {};
      case 'fault.add':
        return this.#machine.faults.add(request.params.spec);
      case 'fault.list':
        return this.#machine.faults.report;
      case 'fault.remove':
        this.#machine.faults.remove(request.params.id);
        return {};
    }
  }

  #topology() {
    const { pci, vfio } = this.#machine;
    return topologyOf({ pci, vfio, openFiles: this.#openFiles() });
  }

  /** Does what waits for a device to be let go, and tells of the waiting. */
  async #leaving(
    text: string,
    emit: (event: ControlEvent) => void,
    act: () => Promise<void>,
  ): Promise<unknown> {
    const { kernel, hotPlug } = this.#machine;
    const { device } = hotPlug.at(text);
    const address = device.name;
    const stopListening = kernel.log.subscribe((entry: LogEntry) => {
      if (entry.device === device) emit({ type: 'log', text: entry.text });
    });
    let timer: Timer | undefined;
    const tell = (): void => {
      emit({ type: 'waiting', address, holders: this.#holdersOf(address) });
      timer = kernel.timers.set(PATIENCE_MS, tell);
    };
    const { pci } = this.#machine;
    // Its turn may come later, when another removal has come to its end.
    const onEvent = (event: BusEvent): void => {
      if (event.device !== device || event.action !== 'unbind-driver') return;
      kernel.timers.set(0, () => {
        if (timer === undefined && pci.bus.unbindingOf(device) !== undefined) tell();
      });
    };
    const isQueued = pci.isRemoving;
    pci.bus.notifier.register(onEvent);
    const done = act().finally(() => {
      timer?.cancel();
      stopListening();
      pci.bus.notifier.unregister(onEvent);
    });
    if (pci.bus.unbindingOf(device) !== undefined) tell();
    else if (isQueued) emit({ type: 'log', text: 'another device is being removed first' });
    await done;
    return { address };
  }

  #holdersOf(address: string): readonly Holder[] {
    return this.#topology().devices.find((device) => device.address === address)?.holders ?? [];
  }
}
