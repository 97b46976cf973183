import { expect, test } from 'vitest';
import { Channel } from '../../src/kernel/channel.js';

test('a message that nobody listens to is not even made', () => {
  const channel = new Channel<number>();
  let made = 0;
  const message = (): number => (made += 1);
  channel.publish?.(message());
  channel.subscribe(() => undefined)();
  channel.publish?.(message());
  expect(made).toBe(0);
});

test('all who listen are told in the order they began to, until they end it', () => {
  const channel = new Channel<string>();
  const heard: string[] = [];
  const end = channel.subscribe((message) => heard.push(`first ${message}`));
  channel.subscribe((message) => heard.push(`second ${message}`));
  channel.publish?.('a');
  end();
  channel.publish?.('b');
  expect(heard).toEqual(['first a', 'second a', 'second b']);
});

test('who ends a subscription while being told leaves the others to be told', () => {
  const channel = new Channel<string>();
  const heard: string[] = [];
  const end = channel.subscribe(() => end());
  channel.subscribe((message) => heard.push(message));
  channel.publish?.('a');
  expect(heard).toEqual(['a']);
});
