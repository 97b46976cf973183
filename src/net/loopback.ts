/** A plug that connects a cable with itself: what is sent comes back, after its time on the wire. */
import type { NetworkPort } from './network-port.js';

export function loopBack(port: NetworkPort): void {
  port.attach({ receive: (frame) => port.send(frame) });
}
