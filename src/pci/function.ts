/**
 * One PCI function: its configuration space, BARs, interrupts and DMA, the model behind them, and
 * what the kernel does with it (`struct pci_dev`): enabling, power states, resets.
 */
import type { Device } from '../kernel/device.js';
import type { Diagnostics } from '../kernel/diagnostics.js';
import { kernelError } from '../kernel/error.js';
import type { MemoryObject } from '../kernel/memory-object.js';
import {
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_MSI,
  PCI_CAP_ID_MSIX,
  PCI_CAP_ID_PM,
  PCI_CLASS_DISPLAY_VGA,
  PCI_COMMAND,
  PCI_COMMAND_INTX_DISABLE,
  PCI_COMMAND_IO,
  PCI_COMMAND_MASTER,
  PCI_COMMAND_MEMORY,
  PCI_STATUS,
  PCI_STATUS_INTERRUPT,
} from '../uapi/pci-regs.js';
import type { Bar, BarAccess, BarKind, Rom } from './bar.js';
import type { PciBus } from './bus.js';
import type { ConfigSpace } from './config-space.js';
import { DeviceDiagnostics } from './device-diagnostics.js';
import type { DeviceModel, FunctionDescription } from './device-model.js';
import { Dma } from './dma.js';
import { buildFunction, type FunctionLayout } from './function-layout.js';
import type { FunctionPlace } from './function-place.js';
import { Interrupts } from './interrupts.js';
import type { PciAddress } from './pci-address.js';
import { PowerControl, type PowerState } from './power-control.js';
import { type ResetMethod, canReset, watchResetBits } from './reset.js';
import type { RuntimePower } from './runtime-power.js';
import { startModel } from './start-model.js';

const functions = new WeakMap<Device, PciFunction>();

/** The PCI function a device is (`to_pci_dev`), if it is one. */
export function pciFunctionOf(device: Device): PciFunction | undefined {
  return functions.get(device);
}

export class PciFunction {
  readonly address: PciAddress;
  readonly device: Device;
  readonly description: FunctionDescription;
  /** The bus it is on. */
  readonly bus: PciBus;
  /** Of a bridge: the bus behind it. */
  secondaryBus: PciBus | undefined;
  /** The function's configuration space as hardware has it. */
  readonly config: ConfigSpace;
  /** By index, 0 to 5. */
  readonly bars: readonly (Bar | undefined)[];
  readonly rom: Rom | undefined;
  /** BAR i's shared bytes are at region offset `i << 40`. */
  readonly memory: MemoryObject;
  readonly interrupts: Interrupts;
  readonly dma: Dma;
  /** Runtime power management: suspended puts it into D3hot where it can. */
  readonly power: RuntimePower;
  readonly diagnostics: DeviceDiagnostics;
  /** Where what happens to it is told. */
  readonly events: Diagnostics;
  /** Bits of the addresses that its driver says it can reach; 32 unless a driver says otherwise. */
  dmaMaskBits = 32;
  /** Ways to reset it, best first; found when it was, writable through `reset_method`. */
  resetMethods: readonly ResetMethod[] = [];
  /** Told of an uncorrectable error that the function reports (`pci_error_handlers`); the driver's. */
  onError: (() => void) | undefined;
  readonly #layout: FunctionLayout;
  readonly #routedIrq: number;
  readonly #powerControl: PowerControl;
  readonly #model: DeviceModel;
  #enableCount = 0;
  #irq: number;
  #isPowerStateKnown = false;
  /** The command register as it was last told of. */
  #command: number | undefined;

  constructor(description: FunctionDescription, place: FunctionPlace) {
    const { kernel, address, device } = place;
    this.description = description;
    this.address = address;
    this.device = device;
    this.events = kernel.diagnostics;
    this.bus = place.bus;
    this.memory = kernel.createMemory(`pci-${device.name}`);
    this.#layout = buildFunction(description, place, this.memory, this);
    this.config = this.#layout.config;
    this.bars = this.#layout.bars;
    this.rom = this.#layout.rom;
    this.#routedIrq = place.routedIrq;
    this.#irq = place.interruptLine;
    this.interrupts = new Interrupts({
      device,
      events: kernel.diagnostics,
      config: this.config,
      numbers: place.irqNumbers,
      routedIrq: place.routedIrq,
      msi: this.capability(PCI_CAP_ID_MSI),
      msix: this.capability(PCI_CAP_ID_MSIX),
    });
    this.dma = new Dma(device, this.config, kernel.log, kernel.diagnostics);
    this.#powerControl = new PowerControl({
      config: this.config,
      capability: this.capability(PCI_CAP_ID_PM),
      softReset: () => this.hardwareReset('pm'),
      restoreConfig: (content) => this.restoreConfig(content),
    });
    this.power = this.#powerControl.runtime;
    this.diagnostics = new DeviceDiagnostics(device, kernel.log, kernel.diagnostics);
    watchResetBits(this);
    this.config.watch(PCI_COMMAND, 2, () => this.#commandChanged());
    functions.set(device, this);
    const model = startModel(description, this, kernel, place.networks);
    this.#model = model;
    this.onDispose(() => model.dispose?.());
  }

  /** Where the capabilities lie, by `PCI_CAP_ID_…`. */
  get capabilities(): ReadonlyMap<number, number> {
    return this.#layout.capabilities;
  }

  /** Where a capability lies, by `PCI_CAP_ID_…`. */
  capability(id: number): number | undefined {
    return this.#layout.capabilities.get(id);
  }

  /** Where an extended capability lies, by `PCI_EXT_CAP_ID_…`. */
  extendedCapability(id: number): number | undefined {
    return this.#layout.extendedCapabilities.get(id);
  }

  /** Base class, subclass and programming interface. */
  get class(): number {
    return this.description.identity.class;
  }

  get isVga(): boolean {
    return this.class >>> 8 === PCI_CLASS_DISPLAY_VGA;
  }

  /** Of a VGA device: who answers legacy memory and ports, by their addresses. */
  get vga(): BarAccess | undefined {
    return this.#model.vga;
  }

  get isExpress(): boolean {
    return this.capability(PCI_CAP_ID_EXP) !== undefined;
  }

  get isBridge(): boolean {
    return this.description.bridge !== undefined;
  }

  /** Whether accesses to a kind of BAR reach the function. */
  decodes(kind: BarKind): boolean {
    if (this.powerState !== 'D0') return false;
    const bit = kind === 'io' ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;
    return (this.config.read(PCI_COMMAND, 2) & bit) !== 0;
  }

  /** Times it has been enabled (`/sys/…/enable`). */
  get enableCount(): number {
    return this.#enableCount;
  }

  /** The irq that sysfs shows: of INTx as routed or firmware left it, or the first MSI vector's. */
  get irq(): number {
    return this.interrupts.kind === 'msi' ? (this.interrupts.irqs[0] ?? this.#irq) : this.#irq;
  }

  /** Turns decoding on and routes INTx (`pci_enable_device`); calls count. */
  enable(): void {
    this.bus.bridge?.enableAsBridge();
    this.#enableCount += 1;
    if (this.#enableCount > 1) return;
    this.#isPowerStateKnown = true;
    let bits = 0;
    for (const bar of this.bars) {
      if (bar !== undefined) bits |= bar.kind === 'io' ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;
    }
    this.config.setBits(PCI_COMMAND, 2, bits, true);
    if (this.interrupts.available('intx') > 0) {
      this.#irq = this.#routedIrq;
      if (this.interrupts.kind === undefined) {
        this.config.setBits(PCI_COMMAND, 2, PCI_COMMAND_INTX_DISABLE, false);
      }
    }
    this.#commandChanged();
  }

  /** A bridge is enabled with the first function behind it, and stays so (`pci_enable_bridge`). */
  enableAsBridge(): void {
    if (this.#enableCount === 0) this.enable();
    this.setMaster(true);
  }

  /** Ends an enabling; the last one turns bus mastering off (`pci_disable_device`). */
  disable(): void {
    if (this.#enableCount === 0) return;
    this.#enableCount -= 1;
    if (this.#enableCount === 0) this.setMaster(false);
  }

  /** Turns bus mastering on or off (`pci_set_master`, `pci_clear_master`). */
  setMaster(on: boolean): void {
    this.config.setBits(PCI_COMMAND, 2, PCI_COMMAND_MASTER, on);
    this.#commandChanged();
  }

  get powerState(): PowerState {
    return this.#powerControl.state;
  }

  /** Whether the kernel has looked at the power state: not before a driver or an enabling did. */
  get isPowerStateKnown(): boolean {
    return this.#isPowerStateKnown;
  }

  /** A driver is about to have it: it has to be awake. */
  beginUse(): void {
    this.#isPowerStateKnown = true;
    this.power.get();
  }

  /** The driver has let go of it. */
  endUse(): void {
    this.power.put();
  }

  /** Ends everything that runs for it; it is out of the machine. */
  dispose(): void {
    this.interrupts.disable();
    for (const end of this.#layout.disposers.splice(0)) end();
    this.memory.discard?.();
  }

  /**
   * It is pulled out of its slot under its driver's hands: every access finds all ones
   * (`pci_dev_set_disconnected`). What removes it from the kernel is another matter.
   */
  disconnect(): void {
    for (const end of this.#layout.disposers.splice(0)) end();
    this.interrupts.setIntx(false);
    for (const bar of this.bars) bar?.disconnect();
    this.config.disconnect();
  }

  /** Tells the model that power is about to go. Milliseconds for which it still holds on. */
  losePower(): number {
    return this.config.isAnswering ? (this.#model.losePower?.() ?? 0) : 0;
  }

  /** Calls back when the function leaves the machine. */
  onDispose(end: () => void): void {
    this.#layout.disposers.push(end);
  }

  /** Whether it can be put into power states at all. */
  get hasPowerManagement(): boolean {
    return this.#powerControl.hasStates;
  }

  /** Whether going to D3hot and back resets it. */
  get resetsOnWake(): boolean {
    return this.#powerControl.resetsOnWake;
  }

  /**
   * Resets it as the kernel does for a user (`pci_reset_function`): by the first method that works,
   * or the one asked for, with configuration space put back afterwards.
   * @throws ENOTTY when none works
   */
  reset(method?: ResetMethod): void {
    const methods = method === undefined ? this.resetMethods : [method];
    const usable = methods.find((candidate) => canReset(this, candidate));
    if (usable === undefined || !this.config.isAnswering) throw kernelError('ENOTTY');
    const config = this.config.snapshot();
    this.hardwareReset(usable);
    this.restoreConfig(config);
  }

  /** What a reset does to the hardware: everything but the wiring is as after power-on. */
  hardwareReset(cause: ResetMethod | 'power-on'): void {
    if (!this.config.isAnswering) return;
    for (const bar of this.bars) bar?.takeStores();
    this.events.reset.publish?.({ device: this.device, cause });
    this.config.restore(this.#layout.powerOnConfig);
    this.#powerControl.powerOn();
    this.interrupts.setIntx(false);
    this.#model.reset(cause);
    this.#commandChanged();
  }

  /**
   * Writes configuration space back after a reset (`pci_restore_state`). The interrupt bit of the
   * status register shows the line, whatever it was when the content was taken.
   */
  restoreConfig(content: Uint8Array): void {
    this.config.restore(content);
    this.config.setBits(PCI_STATUS, 2, PCI_STATUS_INTERRUPT, this.interrupts.isIntxPending);
    this.#powerControl.update();
    this.#commandChanged();
  }

  /** Tells of the command register, if it has changed. */
  #commandChanged(): void {
    const { publish } = this.events.command;
    if (publish === undefined) return;
    const command = this.config.read(PCI_COMMAND, 2);
    if (command === this.#command) return;
    this.#command = command;
    publish({ device: this.device, command, isBusMaster: (command & PCI_COMMAND_MASTER) !== 0 });
  }
}
