/** `uvfio/uapi`: the user ABI of VFIO and what goes with it, under the names of the C headers. */
export * from './errno.js';
export * from './file.js';
export * from './pci-regs.js';
export * from './struct.js';
export * from './vfio.js';
