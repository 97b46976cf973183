/**
 * A TAP device of the host as a station on a network: frames that the host's network stack sends arrive
 * on the network, and the other way round. Linux Documentation/networking/tuntap.rst, linux/if_tun.h.
 */
import { Padding } from '../../net/ethernet.js';
import type { FrameReceiver, NetworkPort } from '../../net/network-port.js';
import { NetworkError } from '../../net/network-error.js';
import type { Connection } from '../../net/surroundings.js';
import { Errno } from '../../uapi/errno.js';
import { explainErrno } from '../explain-error.js';
import { type Libc, libc } from '../native/libc.unsafe.js';
import { AT_FDCWD, O_CLOEXEC, O_NONBLOCK, O_RDWR } from '../native/linux-constants.js';
import { NativeBuffer } from '../native/native-buffer.unsafe.js';
import type { EndPlace } from './end-place.js';

const TUNSETIFF = 0x400454ca;
const IFF_TAP = 0x0002;
const IFF_NO_PI = 0x1000;
/** `struct ifreq`: name of 16 bytes with its end, u16 flags. */
const IFREQ_SIZE = 40;
const NAME_SIZE = 16;
const LONGEST_FRAME = 65_536;
/** Frames taken from the device before others get their turn. */
const BURST = 64;

/** Opens a TAP device, which is made if there is none and the user may. @throws NetworkError */
export function openTap(port: NetworkPort, name: string, place: EndPlace): Connection {
  if (name.length >= NAME_SIZE || !/^[^/\s%]+$/.test(name)) {
    throw new NetworkError(
      `'${name}' is no name of a network device`,
      'take one of up to 15 bytes',
    );
  }
  const fd = openDevice(name);
  return new Tap(fd, port, place);
}

class Tap implements Connection, FrameReceiver {
  readonly #fd: number;
  readonly #port: NetworkPort;
  readonly #place: EndPlace;
  readonly #libc: Libc = libc();
  readonly #incoming = NativeBuffer.allocate(LONGEST_FRAME);
  readonly #outgoing = NativeBuffer.allocate(LONGEST_FRAME);
  readonly #padding = new Padding();
  /** Length of a frame that was read and that the network did not take yet. */
  #pending = 0;
  #endWatch: (() => void) | undefined;

  constructor(fd: number, port: NetworkPort, place: EndPlace) {
    this.#fd = fd;
    this.#port = port;
    this.#place = place;
    port.attach(this);
    this.#watch();
  }

  receive(frame: Uint8Array): boolean {
    if (frame.length > LONGEST_FRAME) return false;
    this.#outgoing.bytes.set(frame);
    // Not taken while the device is down, or its queue is full.
    return this.#libc.write(this.#fd, this.#outgoing.address, frame.length) >= 0;
  }

  writable(): void {
    this.#watch();
  }

  close(): void {
    this.#endWatch?.();
    this.#port.close();
    this.#libc.close(this.#fd);
    this.#incoming.release();
    this.#outgoing.release();
  }

  #watch(): void {
    this.#endWatch ??= this.#place.watcher.watch(this.#fd, 'readable', () => this.#read());
  }

  /** What the network has no room for stays with the host. */
  #pause(): void {
    this.#endWatch?.();
    this.#endWatch = undefined;
  }

  #read(): void {
    const { bytes, address } = this.#incoming;
    for (let i = 0; i < BURST; i++) {
      if (!this.#port.isPeerReady) {
        this.#pause();
        break;
      }
      if (this.#pending === 0) {
        const length = this.#libc.read(this.#fd, address, LONGEST_FRAME);
        if (length <= 0) break;
        this.#pending = length;
      }
      if (!this.#port.send(this.#padding.pad(bytes.subarray(0, this.#pending)))) {
        this.#pause();
        break;
      }
      this.#pending = 0;
    }
    this.#port.flush();
  }
}

function openDevice(name: string): number {
  const fd = libc().openat(AT_FDCWD, '/dev/net/tun', O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) throw explainOpen(-fd);
  const request = NativeBuffer.allocate(IFREQ_SIZE);
  try {
    request.bytes.set(new TextEncoder().encode(name));
    request.view.setUint16(NAME_SIZE, IFF_TAP | IFF_NO_PI, true);
    const error = libc().ioctl(fd, TUNSETIFF, request.address);
    if (error < 0) throw explainAttach(name, -error);
    return fd;
  } catch (error) {
    libc().close(fd);
    throw error;
  } finally {
    request.release();
  }
}

function explainOpen(errno: number): NetworkError {
  if (errno === Errno.ENOENT || errno === Errno.ENODEV) {
    const fix = 'let root run `modprobe tun`; in a container, add the device /dev/net/tun';
    return new NetworkError('this computer has no /dev/net/tun', fix);
  }
  const fix = 'let root run `chmod 666 /dev/net/tun`, as distributions have it';
  return new NetworkError(`/dev/net/tun: ${explainErrno(errno)}`, fix);
}

function explainAttach(name: string, errno: number): NetworkError {
  switch (errno) {
    case Errno.EPERM:
      return new NetworkError(
        `${name}: not permitted`,
        `let root run \`ip tuntap add dev ${name} mode tap user $USER; ip link set ${name} up\``,
      );
    case Errno.EBUSY:
      return new NetworkError(`${name}: another program has it`, 'take another one');
    case Errno.EINVAL:
      return new NetworkError(`${name}: is no TAP device`, 'take another name');
    default:
      return new NetworkError(`${name}: ${explainErrno(errno)}`);
  }
}
