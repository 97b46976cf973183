/**
 * Registers of the educational device, as its specification has them (QEMU, docs/specs/edu), in BAR 0.
 * They take accesses of 4 bytes; those of 64 bits have but one, for their lower half.
 */
import { RegisterTable } from '../../pci/registers/register-table.js';

/** Bytes of BAR 0. */
export const BAR_SIZE = 0x10_0000;

/** In the order in which stores made together are to be taken: DMA's command comes last. */
export const EDU_REGISTERS = new RegisterTable(
  {
    /** 0xRRrr00ed: major and minor version; 1.0. */
    IDENTIFICATION: { offset: 0x00, access: 'RO', reset: 0x0100_00ed },
    /** Reads as the bitwise inversion of what was written. */
    LIVENESS: { offset: 0x04, access: 'RW' },
    STATUS: {
      offset: 0x20,
      access: 'RO',
      fields: {
        /** Computing a factorial. */
        COMPUTING: 0,
        /** Raise an interrupt when the factorial is there. */
        INTERRUPT: { bits: 7, access: 'RW' },
      },
    },
    /** Takes n and, after a while, holds n!, modulo 2³². */
    FACTORIAL: { offset: 0x08, access: 'RW' },
    /** Values that interrupts were raised with and that were not acknowledged. */
    INTERRUPT_STATUS: { offset: 0x24, access: 'RO' },
    /** Clears bits of the interrupt status. */
    INTERRUPT_ACKNOWLEDGE: { offset: 0x64, access: 'WO' },
    /** Raises an interrupt, its value added to the interrupt status. */
    INTERRUPT_RAISE: { offset: 0x60, access: 'WO' },
    /** Where DMA reads from. */
    DMA_SOURCE: { offset: 0x80, width: 64, access: 'RW', hasUpperHalf: false },
    /** Where DMA writes to. */
    DMA_DESTINATION: { offset: 0x88, width: 64, access: 'RW', hasUpperHalf: false },
    /** Bytes. */
    DMA_COUNT: { offset: 0x90, width: 64, access: 'RW', hasUpperHalf: false },
    DMA_COMMAND: {
      offset: 0x98,
      width: 64,
      access: 'RW',
      hasUpperHalf: false,
      fields: {
        /** Start; reads as set until the transfer is done. */
        RUN: 0,
        /** Direction: clear from memory to the device, set from the device to memory. */
        TO_MEMORY: 1,
        /** Raise an interrupt when done. */
        RAISE_INTERRUPT: 2,
      },
    },
  },
  { nothing: 'ones', accessSizes: [4] },
);

/** The interrupt status that a factorial raises. */
export const FACTORIAL_INTERRUPT = 0x0001;
/** The interrupt status that DMA raises. */
export const DMA_INTERRUPT = 0x0100;

/** Where the device's buffer lies, for DMA. */
export const BUFFER_START = 0x40000;
/** Bytes of the buffer. */
export const BUFFER_SIZE = 4096;
