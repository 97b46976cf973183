/**
 * Registers of the educational device, as its specification has them (QEMU, docs/specs/edu). BAR 0,
 * 1 MiB. All registers below 0x80 take accesses of 4 bytes; from 0x80 on of 4 or 8.
 */

/** RO: 0xRRrr00edu: major and minor version. */
export const IDENTIFICATION = 0x00;
/** RW: reads as the bitwise inversion of what was written. */
export const LIVENESS = 0x04;
/** RW: takes n and, after a while, holds n!, modulo 2³². */
export const FACTORIAL = 0x08;
/** RW */
export const STATUS = 0x20;
/** RO: values that interrupts were raised with and that were not acknowledged. */
export const INTERRUPT_STATUS = 0x24;
/** WO: raises an interrupt, its value added to the interrupt status. */
export const INTERRUPT_RAISE = 0x60;
/** WO: clears bits of the interrupt status. */
export const INTERRUPT_ACKNOWLEDGE = 0x64;
/** RW: where DMA reads from. */
export const DMA_SOURCE = 0x80;
/** RW: where DMA writes to. */
export const DMA_DESTINATION = 0x88;
/** RW: bytes. */
export const DMA_COUNT = 0x90;
/** RW */
export const DMA_COMMAND = 0x98;

/** Version 1.0. */
export const IDENTIFICATION_VALUE = 0x010000ed;

/** RO: computing a factorial. */
export const STATUS_COMPUTING = 0x01;
/** Raise an interrupt when the factorial is there. */
export const STATUS_INTERRUPT = 0x80;

/** The interrupt status that a factorial raises. */
export const FACTORIAL_INTERRUPT = 0x0001;
/** The interrupt status that DMA raises. */
export const DMA_INTERRUPT = 0x0100;

/** Start; reads as set until the transfer is done. */
export const DMA_RUN = 0x01;
/** Direction: clear from memory to the device, set from the device to memory. */
export const DMA_TO_MEMORY = 0x02;
/** Raise an interrupt when done. */
export const DMA_RAISE_INTERRUPT = 0x04;

/** Where the device's buffer lies, for DMA. */
export const BUFFER_START = 0x40000;
/** Bytes of the buffer. */
export const BUFFER_SIZE = 4096;

/** Bytes of BAR 0. */
export const BAR_SIZE = 0x10_0000;
