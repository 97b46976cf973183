/**
 * Frames on a connected stream socket, each behind its length in 4 bytes, highest first: what QEMU's
 * `-netdev stream` and `-netdev socket` speak (docs of `-netdev`, net/stream.c's protocol).
 */
import { Padding } from '../../net/ethernet.js';
import type { NetworkPort } from '../../net/network-port.js';
import { explainErrno } from '../explain-error.js';
import { type Libc, libc } from '../native/libc.unsafe.js';
import { EAGAIN } from '../native/linux-constants.js';
import { NativeBuffer } from '../native/native-buffer.unsafe.js';
import { syscalls } from '../native/x86-64.js';
import type { EndPlace } from './end-place.js';

const LENGTH_BYTES = 4;
/** QEMU's NET_BUFSIZE: what says it is longer does not speak this protocol. */
const LONGEST_FRAME = 4096 + 65_536;
const BUFFER_BYTES = 512 * 1024;
/** How much may wait for the other side before frames for it are refused. */
const HIGH_WATER = BUFFER_BYTES / 2;
const MSG_NOSIGNAL = 0x4000;

export class FrameSocket {
  readonly #fd: number;
  readonly #port: NetworkPort;
  readonly #place: EndPlace;
  readonly #ended: (why: string) => void;
  readonly #libc: Libc = libc();
  readonly #input = NativeBuffer.allocate(BUFFER_BYTES);
  readonly #output = NativeBuffer.allocate(BUFFER_BYTES);
  readonly #padding = new Padding();
  /** What of the buffers holds bytes. */
  #inputStart = 0;
  #inputEnd = 0;
  #outputStart = 0;
  #outputEnd = 0;
  #endReading: (() => void) | undefined;
  /** The same socket by another descriptor: one can be watched for one thing only. */
  #roomFd = -1;
  #endRoom: (() => void) | undefined;
  #isClosed = false;

  /** @param ended called once, when the other side is gone */
  constructor(fd: number, port: NetworkPort, place: EndPlace, ended: (why: string) => void) {
    this.#fd = fd;
    this.#port = port;
    this.#place = place;
    this.#ended = ended;
    this.#watchInput();
  }

  canReceive(): boolean {
    return this.#outputEnd - this.#outputStart < HIGH_WATER;
  }

  receive(frame: Uint8Array): boolean {
    const length = LENGTH_BYTES + frame.length;
    if (this.#isClosed || !this.canReceive() || length > BUFFER_BYTES - HIGH_WATER) return false;
    const { bytes, view } = this.#output;
    if (this.#outputEnd + length > BUFFER_BYTES) {
      bytes.copyWithin(0, this.#outputStart, this.#outputEnd);
      this.#outputEnd -= this.#outputStart;
      this.#outputStart = 0;
    }
    view.setUint32(this.#outputEnd, frame.length, false);
    bytes.set(frame, this.#outputEnd + LENGTH_BYTES);
    this.#outputEnd += length;
    return true;
  }

  flush(): void {
    if (this.#endRoom === undefined && !this.#isClosed) this.#write();
  }

  /** The network takes frames again. */
  writable(): void {
    if (!this.#isClosed && this.#forward()) this.#watchInput();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#endReading?.();
    this.#endRoom?.();
    this.#libc.close(this.#fd);
    if (this.#roomFd >= 0) this.#libc.close(this.#roomFd);
    this.#input.release();
    this.#output.release();
  }

  #watchInput(): void {
    this.#endReading ??= this.#place.watcher.watch(this.#fd, 'readable', () => this.#read());
  }

  #read(): void {
    const { bytes, address } = this.#input;
    if (this.#inputStart > 0) {
      bytes.copyWithin(0, this.#inputStart, this.#inputEnd);
      this.#inputEnd -= this.#inputStart;
      this.#inputStart = 0;
    }
    const room = BUFFER_BYTES - this.#inputEnd;
    const count = this.#libc.read(this.#fd, address + this.#inputEnd, room);
    if (count === -EAGAIN) return;
    if (count <= 0) {
      this.#end(count === 0 ? 'the other side has closed it' : explainErrno(-count));
      return;
    }
    this.#inputEnd += count;
    if (!this.#forward()) {
      // What the network has no room for stays with the other side.
      this.#endReading?.();
      this.#endReading = undefined;
    }
  }

  /** Sends the frames that have come whole. Whether the network took them all. */
  #forward(): boolean {
    const { bytes, view } = this.#input;
    let isTaken = true;
    while (!this.#isClosed && this.#inputEnd - this.#inputStart >= LENGTH_BYTES) {
      const length = view.getUint32(this.#inputStart, false);
      if (length > LONGEST_FRAME) {
        this.#end(`it sends no frames (a length of ${length})`);
        break;
      }
      const begin = this.#inputStart + LENGTH_BYTES;
      if (begin + length > this.#inputEnd) break;
      const frame = this.#padding.pad(bytes.subarray(begin, begin + length));
      isTaken = this.#port.isPeerReady && this.#port.send(frame);
      if (!isTaken) break;
      this.#inputStart = begin + length;
    }
    this.#port.flush();
    return isTaken && !this.#isClosed;
  }

  #write(): void {
    while (this.#outputStart < this.#outputEnd) {
      const count = this.#libc.syscall(
        syscalls.sendto,
        this.#fd,
        this.#output.address + this.#outputStart,
        this.#outputEnd - this.#outputStart,
        MSG_NOSIGNAL,
      );
      if (count === -EAGAIN) {
        this.#watchRoom();
        return;
      }
      if (count < 0) {
        this.#end(explainErrno(-count));
        return;
      }
      this.#outputStart += count;
    }
    this.#outputStart = this.#outputEnd = 0;
    if (this.#endRoom === undefined) return;
    this.#endRoom();
    this.#endRoom = undefined;
    this.#port.readyToReceive();
  }

  #watchRoom(): void {
    if (this.#roomFd < 0) this.#roomFd = this.#libc.syscall(syscalls.dup, this.#fd);
    if (this.#roomFd < 0) this.#end(explainErrno(-this.#roomFd));
    else {
      this.#endRoom ??= this.#place.watcher.watch(this.#roomFd, 'writable', () => this.#write());
    }
  }

  #end(why: string): void {
    if (this.#isClosed) return;
    this.close();
    this.#ended(why);
  }
}
