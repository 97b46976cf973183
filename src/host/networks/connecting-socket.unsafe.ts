/** A port that connects to a Unix socket as soon as, and whenever, somebody listens there. */
import { statSync } from 'node:fs';
import type { Timer } from '../../kernel/timers.js';
import type { NetworkPort } from '../../net/network-port.js';
import { NetworkError } from '../../net/network-error.js';
import type { Connection } from '../../net/surroundings.js';
import { explainErrno } from '../explain-error.js';
import { EAGAIN, ECONNREFUSED, ENOENT } from '../native/linux-constants.js';
import type { EndPlace } from './end-place.js';
import { SocketEnd } from './socket-end.js';
import { checkSocketPath, connectUnix } from './unix-address.unsafe.js';

const RETRY_MS = 100;
/** What goes away by itself when the other side is started. */
const NOT_YET: readonly number[] = [ENOENT, ECONNREFUSED, EAGAIN];

/** @throws NetworkError for what waiting does not mend */
export function connectTo(port: NetworkPort, path: string, place: EndPlace): Connection {
  checkSocketPath(path);
  let timer: Timer | undefined;
  const end = new SocketEnd(port, place, () => retry());
  const attempt = (): number => {
    const fd = connectUnix(path);
    if (fd >= 0) end.use(fd);
    return fd;
  };
  const retry = (): void => {
    timer = place.timers.set(RETRY_MS, () => {
      if (attempt() < 0) retry();
    });
  };
  const first = attempt();
  if (first < 0) {
    if (!NOT_YET.includes(-first) || isOtherThanSocket(path)) {
      end.close();
      const why = isOtherThanSocket(path) ? 'is no socket' : explainErrno(-first);
      const fix = 'take the path of a socket that you may connect to';
      throw new NetworkError(`${path}: ${why}`, fix);
    }
    place.log.info(`${port.name}: nobody listens yet`);
    retry();
  }
  return {
    close() {
      timer?.cancel();
      end.close();
    },
  };
}

/** To which Linux says no more than that nobody listens. */
function isOtherThanSocket(path: string): boolean {
  try {
    return !statSync(path).isSocket();
  } catch {
    return false;
  }
}
