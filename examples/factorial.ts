// A program for the edu device on real system calls: npx uvfio run -- node factorial.js
import { Attachment, Event, linuxSystem, listPciDevices } from 'uvfio/client';

const system = linuxSystem();
const address = listPciDevices(system).find(({ deviceId }) => deviceId === 0x11e8)?.address;
if (address === undefined) throw new Error('there is no edu device');

using edu = Attachment.open(system, address);
using event = Event.create(system);
edu.device.enableBusMaster(); // an MSI is a write to memory
edu.device.msi.setEvents([event]);

const registers = edu.device.bar(0);
registers.write32(0x20, 0x80); // STATUS: interrupt when done
registers.write32(0x08, 12); // FACTORIAL
if (event.wait(1000) === 0) throw new Error('no interrupt came');
console.log(`12! = ${registers.read32(0x08)}`);
