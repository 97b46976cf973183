// Registers of QEMU's educational device, PCI 1234:11e8 (QEMU, docs/specs/edu.rst). All are in BAR 0
// and 32 bits wide.

export const EDU_VENDOR_ID = 0x1234;
export const EDU_DEVICE_ID = 0x11e8;

/** Read only: major version, minor version, 0x00ed. */
export const IDENTIFICATION = 0x00;
/** Reads as the complement of what was written. */
export const LIVENESS = 0x04;
/** Writing a number has its factorial computed, modulo 2³². */
export const FACTORIAL = 0x08;
export const STATUS = 0x20;
export const STATUS_COMPUTING = 0x01;
/** Interrupt when a factorial is done. */
export const STATUS_RAISE_INTERRUPT = 0x80;
/** Read only: why the device interrupts. */
export const INTERRUPT_STATUS = 0x24;
export const INTERRUPT_FACTORIAL = 0x001;
export const INTERRUPT_DMA = 0x100;
export const INTERRUPT_ACKNOWLEDGE = 0x64;

export const DMA_SOURCE = 0x80;
export const DMA_DESTINATION = 0x88;
/** Bytes to transfer. */
export const DMA_COUNT = 0x90;
export const DMA_COMMAND = 0x98;
export const DMA_COMMAND_START = 0x1;
/** From the device to memory; without it the other way. */
export const DMA_COMMAND_TO_MEMORY = 0x2;
/** Interrupt when the transfer is done. */
export const DMA_COMMAND_RAISE_INTERRUPT = 0x4;

/** Where the device's own buffer is, in the addresses that DMA uses. */
export const BUFFER_ADDRESS = 0x40000;
/** Bytes. */
export const BUFFER_SIZE = 4096;
