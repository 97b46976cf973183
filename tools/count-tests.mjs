// Sums up the JSON reports of all test runs in reports/ as one line: `N passed, M failed`.
// Exit status 1 when a test failed or none ran.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../reports/', import.meta.url));
const files = existsSync(folder)
  ? readdirSync(folder).filter((name) => name.endsWith('.json'))
  : [];

let passed = 0;
let failed = 0;
for (const file of files) {
  const report = JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
  passed += report.numPassedTests;
  failed += report.numFailedTests + report.testResults.filter(failedToStart).length;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

/** A test file that broke before its first test has no failed test to count. */
function failedToStart(file) {
  return (
    file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed')
  );
}
