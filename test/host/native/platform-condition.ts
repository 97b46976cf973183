// Why tests of the native layer are skipped here, said in the test's own name.

import { spawnSync } from 'node:child_process';
import { describe } from 'vitest';
import { unsupportedPlatformReason } from '../../../src/host/native/platform.js';

const reason = unsupportedPlatformReason();

/** `describe`, skipped off Linux x86-64 with the reason in its title. */
export function describeNative(title: string, body: () => void): void {
  const why = reason === undefined ? '' : ` (skipped: ${reason})`;
  describe.skipIf(reason !== undefined)(`${title}${why}`, body);
}

export const hasCompiler = reason === undefined && spawnSync('cc', ['--version']).status === 0;

export const isRoot = process.getuid?.() === 0;
