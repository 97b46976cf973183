// Where the native layer runs, and what it says elsewhere.

import { describe, expect, test } from 'vitest';
import { unsupportedPlatformReason } from '../../../src/host/native/platform.js';

describe('unsupportedPlatformReason', () => {
  test('is undefined on Linux x86-64', () => {
    expect(unsupportedPlatformReason('linux', 'x64')).toBeUndefined();
  });

  test('names the platform that is not Linux', () => {
    expect(unsupportedPlatformReason('darwin', 'arm64')).toMatch(/needs Linux; this is darwin/);
  });

  test('names the architecture that is not x86-64', () => {
    expect(unsupportedPlatformReason('linux', 'arm64')).toMatch(/x86-64.*this is arm64/);
  });

  test('importing the layer loads no native code', async () => {
    await import('../../../src/host/native/index.js');
    const report: unknown = process.report.getReport();
    const { sharedObjects } = report as { sharedObjects: string[] };
    expect(sharedObjects.filter((path) => path.includes('koffi'))).toEqual([]);
  });
});
