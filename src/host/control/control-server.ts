/**
 * The control socket of a run: takes requests on the main thread and hands them to the machine's, whose
 * loop never waits for it. Only the run's owner and root get in: the socket lies in the run's private
 * directory, and peers are asked for who they are besides.
 */
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { ControlEvent } from '../../machine/control/controller.js';
import {
  type About,
  CONTROL_PROTOCOL,
  ControlError,
  type Greeting,
  lineReader,
  type ReplyLine,
  type RequestLine,
} from './control-protocol.js';
import { peerUid } from './peer-credentials.unsafe.js';

export type { About } from './control-protocol.js';

/** Carries a request out. @throws ControlError */
export type RequestHandler = (
  method: unknown,
  params: unknown,
  emit: (event: ControlEvent) => void,
) => Promise<unknown>;

/** So many may be connected at once; others are turned away. */
const MAXIMUM_CONNECTIONS = 32;
/** What a Unix socket's path can be, with its end (`sun_path`). */
const LONGEST_PATH = 107;

export class ControlServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #about: About;
  readonly #handle: RequestHandler;

  private constructor(about: About, handle: RequestHandler) {
    this.#about = about;
    this.#handle = handle;
    this.#server = createServer((socket) => this.#connected(socket));
    this.#server.maxConnections = MAXIMUM_CONNECTIONS;
    // A run ends when its program does, whoever is connected.
    this.#server.unref();
  }

  /** Listens; undefined where no socket can be, without which a run goes on all the same. */
  static async listen(
    path: string,
    about: About,
    handle: RequestHandler,
  ): Promise<ControlServer | undefined> {
    if (Buffer.byteLength(path) > LONGEST_PATH) return undefined;
    const control = new ControlServer(about, handle);
    const isListening = await new Promise<boolean>((resolve) => {
      control.#server.once('error', () => resolve(false));
      control.#server.listen(path, () => resolve(true));
    });
    if (!isListening) return undefined;
    chmodSync(path, 0o600);
    return control;
  }

  /** Turns everybody away; those who wait for an answer hear the end. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroySoon();
  }

  #connected(socket: Socket): void {
    const uid = peerUid(socket);
    if (uid !== 0 && uid !== process.geteuid?.()) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setEncoding('utf8');
    socket.unref();
    const read = lineReader(
      (line) => void this.#serve(socket, line),
      () => socket.destroy(),
    );
    socket.on('data', (piece) => read(String(piece)));
    const greeting: Greeting = { uvfio: this.#about, protocol: CONTROL_PROTOCOL };
    socket.write(`${JSON.stringify(greeting)}\n`);
  }

  async #serve(socket: Socket, line: string): Promise<void> {
    const reply = (answer: ReplyLine): void => {
      if (!socket.destroyed) socket.write(`${JSON.stringify(answer)}\n`);
    };
    const request = parse(line);
    const { id = null, method, params } = request ?? {};
    if (method === undefined) {
      const message =
        'a line has to be a JSON object with `method`, and may have `id` and `params`';
      reply({ id, error: { code: 'bad-request', message } });
      return;
    }
    try {
      const emit = (event: ControlEvent): void => reply({ id, event });
      reply({ id, result: await this.#handle(method, params, emit) });
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      reply({ id, error: { code: error.code, message: error.message } });
    }
  }
}

/** What a line has of a request; undefined when it is no object. */
function parse(line: string): Partial<RequestLine> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
