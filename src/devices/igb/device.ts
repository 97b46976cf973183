/**
 * The Intel 82576, one port of it: registers, resets, EEPROM, PHY and link, and the loop that sends and
 * receives. What packets go through is in transmitter.ts and receiver.ts, interrupts in interrupt-causes.ts.
 */
import type { Timer } from '../../kernel/timers.js';
import type { NetworkPort } from '../../net/network-port.js';
import type { AccessSize } from '../../pci/config-space.js';
import type { DeviceContext, DeviceModel } from '../../pci/device-model.js';
import type { Eeprom, MacAddress } from './eeprom.js';
import { CAUSE_REGISTERS, InterruptCauses } from './interrupt-causes.js';
import { isRegister, READ_ONLY } from './known-registers.js';
import { isOtherLink, linkStatus } from './link-status.js';
import { Phy } from './phy.js';
import { DROP_COUNTERS } from './receive-ring.js';
import { Receiver } from './receiver.js';
import { RegisterFile } from './register-file.js';
import * as registers from './registers.js';
import { grantedEeprom, RESET_VALUES } from './reset-values.js';
import { ACTIVE_REGISTERS, SharedRegisters } from './shared-registers.js';
import { destinationKind, IAC, Statistics, STATISTICS_PAGE, TSCTC, TSCTFC } from './statistics.js';
import { StatisticsPage } from './statistics-page.js';
import { Transmitter } from './transmitter.js';
import type { Access } from './vector-masks.js';

const { CTRL, CTRL_EXT, EECD, EERD, MDIC, RCTL, STATUS, SWSM } = registers;

/** A slice of work ends after this many milliseconds: what else the machine has to do can't wait longer. */
const SLICE_MS = 0.4;
/** BAR 3 holds the MSI-X table. */
const MSIX_BAR = 3;

export class IgbDevice implements DeviceModel {
  readonly #context: DeviceContext;
  readonly #port: NetworkPort;
  readonly #address: MacAddress;
  readonly #eeprom: Eeprom;
  readonly #registers: RegisterFile;
  readonly #shared: SharedRegisters;
  readonly #statistics = new Statistics();
  readonly #page: StatisticsPage;
  readonly #causes: InterruptCauses;
  readonly #phy: Phy;
  readonly #transmitter: Transmitter;
  readonly #receiver: Receiver;
  readonly #msix = new DataView(new ArrayBuffer(registers.MSIX_BAR_SIZE));
  readonly #problems = new Set<string>();
  #nextSlice: Timer | undefined;
  /** The line was busy: nothing is sent before it says that it no longer is. */
  #isLineBusy = false;
  #isWorking = false;

  constructor(context: DeviceContext, port: NetworkPort, address: MacAddress, eeprom: Eeprom) {
    const { dma, timers, interrupts } = context;
    this.#context = context;
    this.#port = port;
    this.#address = address;
    this.#eeprom = eeprom;
    const bytes = context.bars[0]?.bytes ?? new Uint8Array(registers.BAR_SIZE);
    this.#registers = new RegisterFile(bytes);
    this.#shared = new SharedRegisters(this.#registers, (register, value) => {
      context.storeFound({ bar: 0, offset: register, size: 4, value });
      this.#write(register, value, 'store');
    });
    const detector = context.watchReads(0, STATISTICS_PAGE);
    this.#page = new StatisticsPage(this.#statistics, this.#registers, timers, detector);
    this.#causes = new InterruptCauses(this.#registers, interrupts, timers, () =>
      this.#statistics.add(IAC),
    );
    this.#phy = new Phy(
      {
        modesChanged: (modes) => port.setModes(modes),
        linkChanged: () => this.#linkChanged(),
        powered: (isOn) => port.setCarrier(isOn),
      },
      timers,
    );
    this.#transmitter = new Transmitter(this.#registers, dma, {
      send: (frame) => this.#send(frame),
      reported: (queue) => this.#causes.transmitted(queue),
      segmented: (isDone) => this.#statistics.add(isDone ? TSCTC : TSCTFC),
      dropped: (why) => {
        this.#broken(why);
        port.discard();
      },
      broken: (problem) => this.#broken(problem),
    });
    this.#receiver = new Receiver(this.#registers, dma, this.#statistics, {
      received: (queue) => this.#causes.received(queue),
      overrun: () => this.#causes.raise(registers.ICR_RXO),
      broken: (problem) => this.#broken(problem),
    });
    port.attach({
      receive: (frame) => !this.#isLoopback && this.#receiver.receive(frame),
      flush: () => this.#deliver(),
      canReceive: () => this.#receiver.canReceive,
      writable: () => {
        this.#isLineBusy = false;
        this.#work();
      },
      linkChanged: (link) => this.#phy.setCable(link),
    });
    context.watchBar(0, () => this.#look());
  }

  reset(): void {
    this.#msix.setUint32(0, 0, true);
    this.#resetPort();
    this.#phy.reset();
    this.#phy.setCable(this.#port.link);
  }

  dispose(): void {
    this.#nextSlice?.cancel();
    this.#phy.dispose();
    this.#causes.reset();
  }

  configWritten(): void {
    this.#causes.update();
  }

  read(bar: number, offset: number, size: AccessSize): number {
    if (bar === MSIX_BAR) return this.#readMsix(offset, size);
    if (bar !== 0) return 0;
    this.#look();
    const register = this.#registers.canonical(offset);
    if (!isRegister(register)) this.#context.unmodelled({ bar, offset, size });
    if (size !== 4) return this.#registers.read(register, size);
    if (CAUSE_REGISTERS.includes(register)) return this.#causes.read(register);
    if (Statistics.has(register)) return this.#page.read(register);
    const value = this.#registers.get(register);
    // Reading takes the semaphore, and clears counters.
    if (register === SWSM) this.#registers.set(SWSM, value | registers.SWSM_SMBI);
    else if (DROP_COUNTERS.has(register)) this.#registers.set(register, 0);
    return value;
  }

  write(bar: number, offset: number, size: AccessSize, value: number): void {
    if (bar === MSIX_BAR) {
      if (size === 4 && offset < registers.MSIX_PENDING) this.#msix.setUint32(offset, value, true);
      return;
    }
    if (bar !== 0) return;
    this.#look();
    const register = this.#registers.canonical(offset);
    if (size !== 4 || offset % 4 !== 0 || !isRegister(register)) {
      this.#context.unmodelled({ bar, offset, size, value });
      return;
    }
    if (ACTIVE_REGISTERS.includes(register)) this.#write(register, value >>> 0, 'call');
    else if (!READ_ONLY.has(register) && !Statistics.has(register)) {
      this.#registers.set(register, value);
    }
    this.#registers.join();
    this.#work();
  }

  // Registers whose writing does something.

  #write(register: number, value: number, access: Access): void {
    switch (register) {
      case CTRL:
        this.#control(value);
        return;
      case CTRL_EXT:
        if ((value & registers.CTRL_EXT_EE_RST) !== 0) this.#resetPort();
        this.#registers.reveal(CTRL_EXT, value & ~registers.CTRL_EXT_EE_RST);
        return;
      case EECD:
        this.#registers.reveal(EECD, grantedEeprom(value));
        return;
      case EERD:
        this.#registers.set(EERD, this.#eeprom.answer(value));
        return;
      case MDIC:
        this.#registers.set(MDIC, this.#phy.answer(value));
        if ((value & registers.MDIC_INTERRUPT) !== 0) this.#causes.raise(registers.ICR_MDAC);
        return;
      default:
        this.#causes.write(register, value, access);
    }
  }

  #control(value: number): void {
    const { CTRL_RST, CTRL_DEV_RST, CTRL_PHY_RST } = registers;
    if ((value & (CTRL_RST | CTRL_DEV_RST)) !== 0) {
      this.#resetPort();
      return;
    }
    this.#registers.reveal(CTRL, value & ~CTRL_PHY_RST);
    if (value >= CTRL_PHY_RST) this.#phy.reset();
    this.#showLink();
  }

  /** What CTRL.RST does: all but the PHY, the bus, and what is on the network (§4.3.2). */
  #resetPort(): void {
    this.#nextSlice?.cancel();
    this.#nextSlice = undefined;
    this.#isLineBusy = false;
    this.#registers.reset(RESET_VALUES);
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = this.#address;
    this.#registers.set(registers.RA, a | (b << 8) | (c << 16) | (d << 24));
    this.#registers.set(registers.RA + 4, e | (f << 8) | registers.RAH_AV);
    this.#statistics.clear();
    this.#page.reset();
    this.#causes.reset();
    this.#transmitter.reset();
    this.#receiver.reset();
    this.#registers.join();
    this.#showLink();
  }

  // Link.

  get #isLoopback(): boolean {
    const mode = this.#registers.get(RCTL) & registers.RCTL_LBM_MASK;
    return mode === registers.RCTL_LBM_MAC || this.#phy.isLoopback;
  }

  #linkChanged(): void {
    if (this.#showLink()) this.#causes.raise(registers.ICR_LSC);
    this.#work();
  }

  /** Shows link, speed and bus mastering in STATUS. Whether the link is another one than before. */
  #showLink(): boolean {
    const old = this.#registers.get(STATUS);
    const status = linkStatus(old, this.#registers.get(CTRL), this.#phy.link);
    this.#registers.set(STATUS, status);
    return isOtherLink(old, status);
  }

  // Packets.

  #send(frame: Uint8Array): boolean {
    if (this.#isLoopback) this.#receiver.receive(frame);
    else if (!this.#port.send(frame)) {
      this.#isLineBusy = true;
      return false;
    }
    this.#statistics.transmitted(frame.length, destinationKind(frame));
    return true;
  }

  /** Moves what was received to host memory. Whether there was any. Who waits for room is told of it. */
  #deliver(): boolean {
    const worked = this.#receiver.waiting > 0 && this.#receiver.deliver();
    if (this.#receiver.canReceive) this.#port.readyToReceive();
    return worked;
  }

  /** Looks at what clients stored, and works for at most a slice. Whether there was something to do. */
  #look(): boolean {
    if (this.#isWorking) return false;
    this.#registers.join();
    const found = this.#shared.look();
    const worked = this.#slice();
    this.#page.update(worked);
    return found || worked;
  }

  /** As #look, for what comes by calls: the rest is done soon. */
  #work(): void {
    if (this.#isWorking || !this.#slice()) return;
    this.#nextSlice ??= this.#context.timers.set(0, () => {
      this.#nextSlice = undefined;
      this.#work();
    });
  }

  #slice(): boolean {
    this.#isWorking = true;
    let worked = this.#deliver();
    const canSend = (this.#registers.get(STATUS) & registers.STATUS_LU) !== 0 || this.#isLoopback;
    if (canSend && !this.#isLineBusy && this.#transmitter.run()) {
      worked = true;
      const endMs = this.#context.timers.nowMs + SLICE_MS;
      while (!this.#isLineBusy && this.#context.timers.nowMs < endMs && this.#transmitter.run());
      if (this.#isLoopback) this.#deliver();
      else this.#port.flush();
    }
    this.#isWorking = false;
    return worked;
  }

  #readMsix(offset: number, size: AccessSize): number {
    if (size === 1) return this.#msix.getUint8(offset);
    return size === 2 ? this.#msix.getUint16(offset, true) : this.#msix.getUint32(offset, true);
  }

  /** Says a problem of what software asks for, once each. */
  #broken(problem: string): void {
    if (this.#problems.has(problem)) return;
    this.#problems.add(problem);
    this.#context.log.deviceWarning(this.#context, problem);
  }
}
