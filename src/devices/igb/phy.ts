/**
 * The PHY inside of the controller, an IGP03: registers of IEEE 802.3 §22.2.4 and those of its own that
 * drivers read (82576 data sheet §8.24). It negotiates with whoever is at the other end of the cable.
 */
import type { Timer, Timers } from '../../kernel/timers.js';
import * as modes from '../../net/link-modes.js';
import type { Link } from '../../net/network-port.js';
import { MDIC_ERROR, MDIC_OP_READ, MDIC_OP_SHIFT, MDIC_OP_WRITE, MDIC_READY } from './registers.js';

/** Its address on the MDIO bus. */
const PHY_ADDRESS = 1;
const ID_1 = 0x02a8;
const ID_2 = 0x0391;

// Registers.
const CONTROL = 0;
const STATUS = 1;
const IDENTIFIER_1 = 2;
const IDENTIFIER_2 = 3;
const ADVERTISEMENT = 4;
const PARTNER_ABILITY = 5;
const EXPANSION = 6;
const GIGABIT_CONTROL = 9;
const GIGABIT_STATUS = 10;
const EXTENDED_STATUS = 15;
/** Of the PHY's own: state of the port. */
const PORT_STATUS = 17;
const PAGE_SELECT = 31;

const CONTROL_RESET = 1 << 15;
const CONTROL_LOOPBACK = 1 << 14;
const CONTROL_SPEED_LOW = 1 << 13;
const CONTROL_AUTONEGOTIATE = 1 << 12;
const CONTROL_POWER_DOWN = 1 << 11;
const CONTROL_RESTART = 1 << 9;
const CONTROL_FULL_DUPLEX = 1 << 8;
const CONTROL_SPEED_HIGH = 1 << 6;

/** 10 and 100 Mb/s at both duplexes, extended status, preamble suppression, autonegotiation. */
const STATUS_ABILITIES = 0x7949;
const STATUS_NEGOTIATED = 1 << 5;
const STATUS_LINK = 1 << 2;

/** All of 10 and 100 Mb/s, pause in both directions. */
const ADVERTISE_ALL = 0x0de1;
/** From which bit on there are the modes of 10 and 100 Mb/s, in the order of link-modes.ts. */
const ADVERTISED_SHIFT = 5;
const ADVERTISED_MODES = modes.HALF_10 | modes.FULL_10 | modes.HALF_100 | modes.FULL_100;
/** What a partner answers beside its modes: acknowledged, pause in both directions, IEEE 802.3. */
const PARTNER_BASE = 0xcc01;
const GIGABIT_FULL = 1 << 9;
/** Local and remote receiver in order. */
const GIGABIT_GOOD = 0x3000 | 0x4000;
/** The partner can do 1000BASE-T full duplex. */
const PARTNER_GIGABIT = 1 << 11;
const EXTENDED_GIGABIT = 0x3000;

/** Pages of the gain control, in bits 15 to 9, from which drivers tell the cable's length. */
const GAIN_PAGES = new Set([0x11b1 >> 5, 0x12b1 >> 5, 0x14b1 >> 5, 0x18b1 >> 5]);
const GAIN_REGISTER = 17;
const GAIN = 0x10 << 9;

/** How long negotiating takes. Hardware needs seconds. */
const NEGOTIATION_MS = 10;

/** What the PHY and the MAC agree on. */
export interface PhyLink {
  readonly isUp: boolean;
  /** 0, 1, 2 for 10, 100, 1000 Mb/s, as STATUS.SPEED has it. */
  readonly speed: 0 | 1 | 2;
  readonly isFullDuplex: boolean;
}

const NO_LINK: PhyLink = { isUp: false, speed: 2, isFullDuplex: true };

/** Who hears of the PHY. */
export interface PhyOwner {
  /** What it can do has changed: the other end of the cable has to know. */
  modesChanged(modes: number): void;
  /** The link has gone up or down, or changed its speed. */
  linkChanged(): void;
  /** It was powered up or down: the other end of the cable sees that. */
  powered(isOn: boolean): void;
}

export class Phy {
  /** What has been negotiated. */
  link: PhyLink = NO_LINK;
  readonly #owner: PhyOwner;
  readonly #timers: Timers;
  readonly #registers = new Uint16Array(32);
  /** Registers 16 to 30 of other pages, by page and register. */
  readonly #paged = new Map<number, number>();
  #page = 0;
  /** What could be agreed on with the other end of the cable. */
  #cable: Link | undefined;
  #isPowered = true;
  #negotiation: Timer | undefined;

  constructor(owner: PhyOwner, timers: Timers) {
    this.#owner = owner;
    this.#timers = timers;
  }

  /** Whether what is sent comes back in the PHY. */
  get isLoopback(): boolean {
    return (this.#control & CONTROL_LOOPBACK) !== 0;
  }

  /** Back to the state after power-on; negotiates anew. */
  reset(): void {
    const registers = this.#registers;
    registers.fill(0);
    this.#paged.clear();
    this.#page = 0;
    registers[CONTROL] = CONTROL_AUTONEGOTIATE | CONTROL_FULL_DUPLEX | CONTROL_SPEED_HIGH;
    registers[IDENTIFIER_1] = ID_1;
    registers[IDENTIFIER_2] = ID_2;
    registers[ADVERTISEMENT] = ADVERTISE_ALL;
    registers[GIGABIT_CONTROL] = GIGABIT_FULL;
    registers[EXTENDED_STATUS] = EXTENDED_GIGABIT;
    registers[STATUS] = STATUS_ABILITIES;
    this.#setLink(NO_LINK);
    this.#power(true);
    this.#owner.modesChanged(this.#modes);
    this.#negotiate();
  }

  /** Nothing runs any more. */
  dispose(): void {
    this.#negotiation?.cancel();
  }

  /** A cable with something alive at its other end was plugged in or pulled out, or can do other things now. */
  setCable(link: Link): void {
    this.#cable = link.isUp ? link : undefined;
    this.#negotiate();
  }

  /** What MDIC holds after software has written it: the access is made at once (§8.2.4). */
  answer(mdic: number): number {
    const operation = (mdic >>> MDIC_OP_SHIFT) & 3;
    const register = (mdic >>> 16) & 0x1f;
    const isRead = operation === MDIC_OP_READ;
    const isHere = ((mdic >>> 21) & 0x1f) === PHY_ADDRESS;
    if (!isHere || (!isRead && operation !== MDIC_OP_WRITE)) return mdic | MDIC_READY | MDIC_ERROR;
    if (!isRead) this.write(register, mdic & 0xffff);
    const data = isRead ? this.read(register) : mdic & 0xffff;
    return (mdic & ~(MDIC_ERROR | 0xffff)) | data | MDIC_READY;
  }

  read(register: number): number {
    if (this.#isPaged(register)) {
      if (register === GAIN_REGISTER && GAIN_PAGES.has(this.#page)) return GAIN;
      return this.#paged.get(this.#page * 32 + register) ?? 0;
    }
    return register === PAGE_SELECT ? this.#page << 5 : (this.#registers[register] ?? 0);
  }

  write(register: number, value: number): void {
    if (register === PAGE_SELECT) this.#page = value >>> 5;
    else if (this.#isPaged(register)) this.#paged.set(this.#page * 32 + register, value);
    else if (register === CONTROL) this.#setControl(value);
    else if (!READ_ONLY.has(register)) this.#registers[register] = value;
  }

  /** What it can do: what software lets it advertise, or the one mode that is set. */
  get #modes(): number {
    if ((this.#control & CONTROL_AUTONEGOTIATE) === 0) return modeOf(this.#control);
    const advertised = (this.#registers[ADVERTISEMENT] ?? 0) >>> ADVERTISED_SHIFT;
    const hasGigabit = ((this.#registers[GIGABIT_CONTROL] ?? 0) & GIGABIT_FULL) !== 0;
    return (advertised & ADVERTISED_MODES) | (hasGigabit ? modes.FULL_1000 : 0);
  }

  get #control(): number {
    return this.#registers[CONTROL] ?? 0;
  }

  /** Registers from 16 on are there once a page. */
  #isPaged(register: number): boolean {
    return this.#page !== 0 && register > 15 && register !== PAGE_SELECT;
  }

  #setControl(value: number): void {
    if ((value & CONTROL_RESET) !== 0) {
      this.reset();
      return;
    }
    const old = this.#control;
    this.#registers[CONTROL] = value & ~CONTROL_RESTART;
    this.#power((value & CONTROL_POWER_DOWN) === 0);
    const isRestarted = (value & CONTROL_RESTART) !== 0 && (value & CONTROL_AUTONEGOTIATE) !== 0;
    if (!isRestarted && old === this.#control) return;
    // Advertisements count from here on.
    this.#owner.modesChanged(this.#modes);
    this.#negotiate();
  }

  #power(isOn: boolean): void {
    if (isOn === this.#isPowered) return;
    this.#isPowered = isOn;
    this.#owner.powered(isOn);
  }

  /** Looks for a link anew. */
  #negotiate(): void {
    this.#negotiation?.cancel();
    this.#negotiation = undefined;
    const canLink = this.#isPowered && (this.#cable !== undefined || this.isLoopback);
    if (!canLink) {
      this.#setLink(NO_LINK);
      return;
    }
    this.#registers[STATUS] = STATUS_ABILITIES | (this.link.isUp ? STATUS_LINK : 0);
    this.#negotiation = this.#timers.set(NEGOTIATION_MS, () => {
      this.#negotiation = undefined;
      this.#setLink(this.#agreed());
    });
  }

  /** What was agreed on with the other end; in loopback, with itself. */
  #agreed(): PhyLink {
    const best = this.#cable ?? modes.bestMode(this.#modes);
    if (best === undefined) return NO_LINK;
    const { speedMbps, isFullDuplex } = best;
    return { isUp: true, speed: speedMbps >= 1000 ? 2 : speedMbps === 100 ? 1 : 0, isFullDuplex };
  }

  #setLink(link: PhyLink): void {
    const { link: old } = this;
    this.link = link;
    const registers = this.#registers;
    const { isUp, speed, isFullDuplex } = link;
    registers[STATUS] = STATUS_ABILITIES | (isUp ? STATUS_LINK | STATUS_NEGOTIATED : 0);
    const partner = this.#cable?.partnerModes ?? this.#modes;
    const partnerAbility = PARTNER_BASE | ((partner & ADVERTISED_MODES) << ADVERTISED_SHIFT);
    const partnerGigabit = (partner & modes.FULL_1000) === 0 ? 0 : PARTNER_GIGABIT;
    registers[PARTNER_ABILITY] = isUp ? partnerAbility : 0;
    registers[EXPANSION] = isUp ? 1 : 0;
    registers[GIGABIT_STATUS] = isUp ? GIGABIT_GOOD | partnerGigabit : 0;
    registers[PORT_STATUS] = isUp ? ((speed + 1) << 14) | (isFullDuplex ? 1 << 9 : 0) : 0;
    const isSame =
      old.isUp === isUp && (!isUp || (old.speed === speed && old.isFullDuplex === isFullDuplex));
    if (!isSame) this.#owner.linkChanged();
  }
}

/** The mode that the control register sets without negotiation. */
function modeOf(control: number): number {
  const isFull = (control & CONTROL_FULL_DUPLEX) !== 0;
  if ((control & CONTROL_SPEED_HIGH) !== 0) return modes.FULL_1000;
  if ((control & CONTROL_SPEED_LOW) !== 0) return isFull ? modes.FULL_100 : modes.HALF_100;
  return isFull ? modes.FULL_10 : modes.HALF_10;
}

const READ_ONLY = new Set([
  STATUS,
  IDENTIFIER_1,
  IDENTIFIER_2,
  PARTNER_ABILITY,
  EXPANSION,
  GIGABIT_STATUS,
  EXTENDED_STATUS,
  PORT_STATUS,
]);
