/** A port that waits on a Unix socket for its other side: one at a time, one after the other. */
import { unlinkSync } from 'node:fs';
import type { NetworkPort } from '../../net/network-port.js';
import type { Connection } from '../../net/surroundings.js';
import { libc } from '../native/libc.unsafe.js';
import type { EndPlace } from './end-place.js';
import { SocketEnd } from './socket-end.js';
import { acceptUnix, checkSocketPath, listenUnix } from './unix-address.unsafe.js';

/** @throws NetworkError */
export function listenOn(port: NetworkPort, path: string, place: EndPlace): Connection {
  checkSocketPath(path);
  const fd = listenUnix(path);
  const end = new SocketEnd(port, place, () => undefined);
  const endWatch = place.watcher.watch(fd, 'readable', () => {
    const connection = acceptUnix(fd);
    if (connection < 0) return;
    if (!end.isConnected) {
      end.use(connection);
      return;
    }
    place.log.warning(`${port.name}: somebody is connected already; another was turned away`);
    libc().close(connection);
  });
  return {
    close() {
      endWatch();
      end.close();
      libc().close(fd);
      unlinkSync(path);
    },
  };
}
