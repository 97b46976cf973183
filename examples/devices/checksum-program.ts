// npx uvfio run --device ./checksum.ts -- node checksum-program.js 12345 6789
import { linuxSystem, listPciDevices } from 'uvfio/client';
import { checksumOf } from './checksum-driver.js';

const system = linuxSystem();
const address = listPciDevices(system).find(({ deviceId }) => deviceId === 0x0c5c)?.address;
if (address === undefined) throw new Error('there is no checksum device');
console.log(checksumOf(system, address, process.argv.slice(2)).toString(16));
