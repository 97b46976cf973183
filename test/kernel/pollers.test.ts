import { expect, test } from 'vitest';
import { Pollers } from '../../src/kernel/pollers.js';

/** Three pollers that note when they look; those named have work. */
function newPollers(...working: string[]) {
  const pollers = new Pollers();
  const looked: string[] = [];
  const [a, b, c] = ['a', 'b', 'c'].map((name) =>
    pollers.add(() => {
      looked.push(name);
      return working.includes(name);
    }),
  );
  /** Who looks, in one look. */
  const look = (): string => {
    pollers.poll();
    return looked.splice(0).join('');
  };
  return { pollers, look, remove: { a, b, c } };
}

test('a look is at everything', () => {
  const { look } = newPollers('b');
  expect([look(), look()]).toEqual(['abc', 'abc']);
});

test('a look can end with the first that has work; the next goes on behind it', () => {
  const { pollers, look } = newPollers('a', 'c');
  pollers.endsWithWork = true;
  expect([look(), look(), look()]).toEqual(['a', 'bc', 'a']);
});

test('when there is no work, it is at everything all the same', () => {
  const { pollers, look } = newPollers();
  pollers.endsWithWork = true;
  expect([look(), pollers.poll()]).toEqual(['abc', false]);
});

test('who is removed does not take the turn of another', () => {
  const { pollers, look, remove } = newPollers('a', 'b', 'c');
  pollers.endsWithWork = true;
  expect(look()).toBe('a');
  remove.a?.();
  expect([look(), look(), look()]).toEqual(['b', 'c', 'b']);
  remove.c?.();
  remove.c?.();
  expect([look(), pollers.size]).toEqual(['b', 1]);
});
