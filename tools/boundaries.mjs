// Holds every import under src/ to the table of rooms: a room imports only itself and what lies
// below it. The import graph is the compiler's own (`tsc --explainFiles`), so type-only imports,
// re-exports and `import()` count alike. Exit status 1 when an import breaks the table.

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

// `on`: the rooms directly below (theirs are included). `npm`: packages the room may import.
const rooms = {
  uapi: { on: [] },
  kernel: { on: ['uapi'] },
  iommu: { on: ['kernel'] },
  net: { on: ['kernel'] },
  recording: { on: ['net'] },
  vfio: { on: ['iommu'] },
  'vfio-iommu-type1': { on: ['vfio'] },
  'vfio-iommu-spapr-tce': { on: ['vfio'] },
  'vfio-noiommu': { on: ['vfio'] },
  pci: { on: ['iommu', 'net'] },
  'vfio-pci': { on: ['vfio', 'pci'] },
  devices: { on: ['pci'] },
  machine: {
    on: [
      'vfio-iommu-type1',
      'vfio-iommu-spapr-tce',
      'vfio-noiommu',
      'vfio-pci',
      'devices',
      'recording',
    ],
    npm: ['yaml', 'valibot'],
  },
  replay: { on: ['machine'] },
  // Users' descriptions and modules; they get the package's entry points from whoever loads them.
  config: { on: ['machine'], npm: ['jiti'] },
  host: { on: ['config', 'index', 'device'], npm: ['koffi'] },
  'vfio-user': { on: ['machine'], npm: ['koffi'] },
  client: { on: ['uapi'], npm: ['koffi'] },
  inspector: { on: ['host', 'vfio-user', 'client', 'replay'], npm: ['picocolors'] },
  cli: { on: ['inspector'], npm: ['commander', 'picocolors', 'yaml', 'valibot'] },
  // The package's entry points: src/device.ts is `uvfio/device`, src/testing.ts `uvfio/testing`, src/index.ts `uvfio`.
  device: { on: ['devices'] },
  testing: { on: ['machine'] },
  index: { on: ['machine'] },
};

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const edges = importGraph();
const complaints = edges.flatMap(complaintAbout);
for (const complaint of complaints) console.error(complaint);
if (edges.length === 0) throw new Error('the compiler reported no import at all');
console.log(`boundaries: ${edges.length} imports, ${complaints.length} out of bounds`);
process.exitCode = complaints.length > 0 ? 1 : 0;

/** Why an import is out of bounds: nothing, or one line. */
function complaintAbout({ from, to, specifier }) {
  const room = roomOf(from);
  const says = (why) => [`${from}: imports '${specifier}': ${why}`];
  if (!(room in rooms)) return [`${from}: no such room: add it to tools/boundaries.mjs`];
  if (to.includes('node_modules/')) {
    const name = packageOf(to);
    if (name === '@types/node' || name === 'undici-types') return [];
    if ((rooms[room].npm ?? []).includes(name)) return [];
    return says(`${room} may not use the package ${name}`);
  }
  if (!to.startsWith('src/')) return says('it is not under src/');
  const target = roomOf(to);
  if (target === room || below(room).has(target)) return [];
  return says(`${room} may import only ${[...below(room)].join(', ') || 'nothing'}`);
}

function below(room) {
  return new Set(rooms[room].on.flatMap((name) => [name, ...below(name)]));
}

/** `src/pci/bus.ts` → `pci`; `src/machine.ts` and `src/machine/…` → `machine`. */
function roomOf(file) {
  return file.split('/')[1].replace(/\.ts$/, '');
}

function packageOf(file) {
  const [scope, name] = file.slice(file.lastIndexOf('node_modules/') + 13).split('/');
  return scope.startsWith('@') ? `${scope}/${name}` : scope;
}

/** Every import written in src/, as `{ from, to, specifier }` with paths relative to the root. */
function importGraph() {
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  const project = ['-p', 'tsconfig.build.json', '--noEmit', '--incremental', 'false'];
  const { stdout } = spawnSync(
    process.execPath,
    [tsc, ...project, '--tsBuildInfoFile', 'null', '--explainFiles', '--pretty', 'false'],
    { cwd: root, encoding: 'utf8', maxBuffer: 1 << 30 },
  );
  const found = [];
  let to = '';
  for (const line of stdout.split('\n')) {
    if (/^\S/.test(line)) to = line;
    const reason = /^\s+Imported via (['"])(.+)\1 from file '([^']+)'/.exec(line);
    if (reason?.[3].startsWith('src/')) found.push({ from: reason[3], to, specifier: reason[2] });
  }
  return found;
}
