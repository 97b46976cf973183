// Paths that were walked before are remembered as long as the tree stays the same.
import { expect, test } from 'vitest';
import { walk, walkToOpen } from '../../src/kernel/path-walk.js';
import { addLink, Directory } from '../../src/kernel/tree.js';
import { O_CREAT, O_RDWR } from '../../src/uapi/file.js';

test('a path leads to what is there now, not to what was there before', () => {
  const root = new Directory();
  const first = root.directoryAt('a/b');
  expect(walk(root, '/a/b', true)).toBe(first);
  root.directoryAt('a').remove('b');
  expect(() => walk(root, '/a/b', true)).toThrow('ENOENT');
  const second = root.directoryAt('a/b');
  expect(walk(root, '/a/b', true)).toBe(second);
});

test('a link is followed or not as asked, each time', () => {
  const root = new Directory();
  const target = root.directoryAt('target');
  const link = addLink(root, 'link', target);
  for (let time = 0; time < 2; time++) {
    expect(walk(root, '/link', true)).toBe(target);
    expect(walk(root, '/link', false)).toBe(link);
  }
});

test('two trees with the same paths are two trees', () => {
  const [one, other] = [new Directory(), new Directory()];
  expect(walk(one, '/', true)).toBe(one);
  expect(walk(other, '/', true)).toBe(other);
});

test('a file that is not there is not made: EACCES, as in sysfs', () => {
  const root = new Directory();
  const folder = root.directoryAt('a');
  expect(() => walkToOpen(root, '/a/b', O_RDWR)).toThrow('ENOENT');
  expect(() => walkToOpen(root, '/a/b', O_RDWR | O_CREAT)).toThrow('EACCES');
  expect(() => walkToOpen(root, '/b/c', O_RDWR | O_CREAT)).toThrow('ENOENT');
  expect(walkToOpen(root, '/a', O_CREAT)).toBe(folder);
});
