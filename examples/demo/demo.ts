// The demo as a program of its own: `uvfio run -- node dist/examples/demo/demo.js`. Exit status 1 and
// one line on stderr when something went wrong.

import { linuxSystem } from 'uvfio/client';
import { Report } from './report.js';
import { tour } from './tour.js';

const report = new Report((text) => process.stdout.write(text));
const start = process.hrtime.bigint();
try {
  report.title('A PCI device, driven from user space through VFIO');
  report.line('program', `Node.js ${process.version}, process ${process.pid}`);
  report.line('runs as', `user ${process.getuid?.() ?? '?'}`);
  tour(linuxSystem(), report);
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  report.text(`All of it worked, in ${ms.toFixed(0)} ms.`);
} catch (error) {
  process.stderr.write(`\ndemo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
