/** A port whose other side is a socket, as long as it is connected: without a connection it has no carrier. */
import type { FrameReceiver, NetworkPort } from '../../net/network-port.js';
import type { EndPlace } from './end-place.js';
import { FrameSocket } from './frame-socket.unsafe.js';

export class SocketEnd implements FrameReceiver {
  readonly #port: NetworkPort;
  readonly #place: EndPlace;
  readonly #disconnected: () => void;
  #socket: FrameSocket | undefined;

  /** @param disconnected called when the other side has gone */
  constructor(port: NetworkPort, place: EndPlace, disconnected: () => void) {
    this.#port = port;
    this.#place = place;
    this.#disconnected = disconnected;
    port.setCarrier(false);
    port.attach(this);
  }

  get isConnected(): boolean {
    return this.#socket !== undefined;
  }

  /** Frames come and go by this socket from now on. */
  use(fd: number): void {
    this.#socket = new FrameSocket(fd, this.#port, this.#place, (why) => {
      this.#socket = undefined;
      this.#place.log.info(`${this.#port.name}: the connection has ended: ${why}`);
      this.#port.setCarrier(false);
      this.#disconnected();
    });
    this.#place.log.info(`${this.#port.name}: connected`);
    this.#port.setCarrier(true);
    this.#port.readyToReceive();
  }

  receive(frame: Uint8Array): boolean {
    return this.#socket?.receive(frame) ?? false;
  }

  flush(): void {
    this.#socket?.flush();
  }

  canReceive(): boolean {
    return this.#socket?.canReceive() ?? false;
  }

  writable(): void {
    this.#socket?.writable();
  }

  close(): void {
    this.#socket?.flush();
    this.#socket?.close();
    this.#socket = undefined;
    this.#port.close();
  }
}
