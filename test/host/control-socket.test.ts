// The control socket: a protocol of JSON lines, for the owner of the run and nobody else.
import { statSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test } from 'vitest';
import { ALICE, asUser, commandForAll, requiresOtherUsers } from '../support/other-user.js';
import { type Running, scratchDirectories, start, startUvfio } from './uvfio.js';

let run: Running;

afterEach(async () => {
  run.process.kill('SIGTERM');
  await run.ended;
});

/** The socket of a new run, when it is there. */
async function newSocket(): Promise<string> {
  run = startUvfio([
    'run',
    '--device',
    'edu,addr=00:05.0',
    '--',
    'sh',
    '-c',
    'echo ready; sleep 15',
  ]);
  await run.until('ready');
  for (;;) {
    const [name = ''] = scratchDirectories(run.process.pid);
    const file = path.join('/dev/shm', name, 'control');
    // It has its mode when it is listened to: the file is there a moment before.
    const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
    if ((mode & 0o777) === 0o600) return file;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A conversation by lines. */
async function connect(file: string) {
  const socket: Socket = createConnection(file);
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    return done === true ? undefined : JSON.parse(value as string);
  };
  const greeting = await next();
  return { socket, greeting, next, say: (text: string) => socket.write(`${text}\n`) };
}

describe('a connection', () => {
  test('begins with a greeting: whose machine, which protocol', async () => {
    const { greeting } = await connect(await newSocket());
    expect(greeting).toEqual({
      uvfio: {
        pid: run.process.pid,
        command: ['sh', '-c', 'echo ready; sleep 15'],
        started: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
      },
      protocol: 1,
    });
  });

  test('answers each request with its id', async () => {
    const { say, next } = await connect(await newSocket());
    say('{"id":"a","method":"unbind","params":{"address":"0000:00:05.0"}}');
    expect(await next()).toEqual({ id: 'a', result: { address: '0000:00:05.0' } });
    say('{"id":7,"method":"interrupt","params":{"address":"0000:00:05.0"}}');
    expect(await next()).toMatchObject({ id: 7, error: { code: 'no-interrupt' } });
  });

  test.each([
    ['nonsense', /has to be a JSON object/],
    ['[1]', /has to be a JSON object/],
    ['{"method":"unplugg"}', /no method 'unplugg': did you mean 'unplug'/],
    ['{"method":"unplug"}', /^unplug: params\.address: is missing$/],
    ['{"method":"unbind","params":{"address":5}}', /params\.address: has to be text, and is 5$/],
    [
      '{"method":"unplug","params":{"address":"3","suprise":true}}',
      /params\.suprise: is no parameter: did you mean 'surprise'\?$/,
    ],
    ['{"method":"topology","params":{"all":1}}', /params\.all: is no parameter: there are none$/],
    [
      '{"method":"interrupt","params":{"address":"3","vector":-1}}',
      /params\.vector: has to be a whole number from 0 up, and is -1$/,
    ],
    ['{"method":"unplug","params":5}', /^unplug: params: has to be an object$/],
  ])('%s is answered with an error, and the next request is heard', async (line, message) => {
    const { say, next } = await connect(await newSocket());
    say(line);
    expect(await next()).toMatchObject({
      error: { code: 'bad-request', message: expect.stringMatching(message) as string },
    });
    say('{"id":1,"method":"topology"}');
    expect(await next()).toMatchObject({ id: 1, result: { groups: [{ id: 0 }] } });
  });

  test('hears the id of what was no request, where there is one', async () => {
    const { say, next } = await connect(await newSocket());
    say('{"id":5,"methud":"topology"}');
    expect(await next()).toMatchObject({ id: 5, error: { code: 'bad-request' } });
  });

  test('that sends without end is closed', async () => {
    const file = await newSocket();
    const socket = createConnection(file);
    socket.on('error', () => undefined);
    socket.write('x'.repeat(3 * 1024 * 1024));
    await new Promise((resolve) => socket.once('close', resolve));
    expect((await connect(file)).greeting).toMatchObject({ protocol: 1 });
  });
});

test('only the owner may go to the socket; it goes with the run', async () => {
  const file = await newSocket();
  expect([statSync(file).mode & 0o777, statSync(path.dirname(file)).mode & 0o777]).toEqual([
    0o600, 0o700,
  ]);
  run.process.kill('SIGTERM');
  await run.ended;
  expect(statSync(file, { throwIfNoEntry: false })).toBeUndefined();
});

requiresOtherUsers(() => {
  test('another user neither sees nor changes the machine', async () => {
    await newSocket();
    const id = String(run.process.pid);
    const command = [...asUser(ALICE), process.execPath, commandForAll()];
    const seen = await start([...command, 'ls', '--machine-id', id]).ended;
    const changed = await start([...command, 'unplug', '00:05.0', '--machine-id', id]).ended;
    expect([seen, changed]).toMatchObject([{ status: 1 }, { status: 1 }]);
  });
});
