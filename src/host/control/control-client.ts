/** The other end of a control socket: finds runs that go on, and asks them. */
import { lstatSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import type { ControlEvent } from '../../machine/control/controller.js';
import { runDirectories } from '../scratch-directory.js';
import {
  type About,
  CONTROL_PROTOCOL,
  ControlError,
  type Greeting,
  lineReader,
  type ReplyLine,
} from './control-protocol.js';

/** How long a run may take to say who it is. */
const GREETING_MS = 5000;

interface Waiting {
  readonly emit: (event: ControlEvent) => void;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class ControlClient {
  /** Who is at the other end. */
  readonly about: About;
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;

  private constructor(socket: Socket, about: About, lines: Lines) {
    this.#socket = socket;
    this.about = about;
    lines.onLine = (line) => this.#replied(JSON.parse(line) as ReplyLine);
    socket.once('close', () => {
      const error = new ControlError('ended', `the machine ${about.pid} has ended`);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
  }

  /**
   * Connects to the run behind a socket.
   * @throws ControlError when nobody answers, or somebody does who speaks differently
   */
  static async connect(path: string): Promise<ControlClient> {
    const socket = createConnection(path);
    const lines: Lines = { onLine: () => undefined };
    const greeting = await new Promise<Greeting>((resolve, reject) => {
      const fail = (why: string): void => {
        socket.destroy();
        reject(new ControlError('unreachable', `${path}: ${why}`));
      };
      socket.setEncoding('utf8');
      socket.setTimeout(GREETING_MS, () => fail('no answer'));
      socket.on('error', (error) => fail(error.message));
      socket.once('close', () => fail('turned away: it belongs to another user'));
      lines.onLine = (line) => {
        socket.setTimeout(0);
        try {
          resolve(JSON.parse(line) as Greeting);
        } catch {
          fail('that is no uvfio');
        }
      };
      const read = lineReader(
        (line) => lines.onLine(line),
        () => fail('that is no uvfio'),
      );
      socket.on('data', (piece) => read(String(piece)));
    });
    if (greeting.protocol !== CONTROL_PROTOCOL) {
      socket.destroy();
      const text = `speaks protocol ${greeting.protocol}, and this uvfio ${CONTROL_PROTOCOL}: use the same version for both`;
      throw new ControlError('unreachable', `${path}: ${text}`);
    }
    return new ControlClient(socket, greeting.uvfio, lines);
  }

  /** Connects to all runs there are that this user may ask, oldest first. */
  static async connectAll(): Promise<ControlClient[]> {
    const paths = runDirectories().map(({ scratch }) => scratch.control);
    const connecting = paths.filter(isOurs).map((path) => ControlClient.connect(path));
    const settled = await Promise.allSettled(connecting);
    return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }

  /** Asks; `emit` hears of what happens until the answer is there. @throws ControlError */
  request(
    method: string,
    params: object = {},
    emit: (event: ControlEvent) => void = () => undefined,
  ): Promise<unknown> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { emit, resolve, reject });
      this.#socket.write(`${JSON.stringify({ id, method, params })}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #replied(line: ReplyLine): void {
    const waiting = this.#waiting.get(Number(line.id));
    if (waiting === undefined) return;
    if ('event' in line) {
      waiting.emit(line.event);
      return;
    }
    this.#waiting.delete(Number(line.id));
    if ('result' in line) waiting.resolve(line.result);
    else waiting.reject(new ControlError(line.error.code, line.error.message));
  }
}

interface Lines {
  onLine: (line: string) => void;
}

/** Whether a socket is there and belongs to this user, or to anybody for root: others may only pretend. */
function isOurs(path: string): boolean {
  try {
    const { uid } = lstatSync(path);
    const own = process.geteuid?.();
    return own === 0 || uid === own;
  } catch {
    return false; // It is gone, or in a directory of another user.
  }
}
