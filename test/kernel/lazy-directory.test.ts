import { expect, test } from 'vitest';
import { walk } from '../../src/kernel/path-walk.js';
import { Directory } from '../../src/kernel/tree.js';

function lazyTree(): { root: Directory; fills: string[] } {
  const root = new Directory();
  const fills: string[] = [];
  root.directory('lazy').fillLater((directory) => {
    fills.push(directory.name);
    directory.directory('inside');
  });
  return { root, fills };
}

test('a directory is filled once, when somebody first looks into it', () => {
  const { root, fills } = lazyTree();
  expect(fills).toEqual([]);
  expect(walk(root, '/lazy/inside', true).path).toBe('/lazy/inside');
  const lazy = root.directoryAt('lazy');
  expect([...lazy.children.keys()]).toEqual(['inside']);
  expect(fills).toEqual(['lazy']);
});

test('a directory that goes before anybody looked is never filled', () => {
  const { root, fills } = lazyTree();
  const lazy = root.directoryAt('lazy');
  root.remove('lazy');
  expect(lazy.children.size).toBe(0);
  expect(fills).toEqual([]);
});
