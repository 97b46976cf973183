/** What drivers say to the educational device. */
import { BUFFER_SIZE, BUFFER_START, EDU_REGISTERS } from '../../../src/devices/edu/registers.js';
import { MEMORY_SIZE } from '../fuzzed-device.js';
import type { Action, Vocabulary } from '../vocabulary.js';

const register = EDU_REGISTERS.offsets;
/** STATUS: raise an interrupt when the factorial is there. */
const STATUS_INTERRUPT = 0x80;
const IDENTIFICATION_VALUE = EDU_REGISTERS.declarations.IDENTIFICATION.reset;

const dma: Action = (device, random) => {
  const inside = random.below(MEMORY_SIZE);
  const isToMemory = random.oneIn(2);
  const buffer = BUFFER_START + random.below(BUFFER_SIZE + 8);
  const count = random.oneIn(4) ? random.value() : random.below(BUFFER_SIZE + 8);
  device.say(`DMA of ${count} bytes ${isToMemory ? 'to' : 'from'} memory`);
  device.write(0, register.DMA_SOURCE, 4, isToMemory ? buffer : inside);
  device.write(0, register.DMA_DESTINATION, 4, isToMemory ? inside : buffer);
  device.write(0, register.DMA_COUNT, 4, count);
  device.write(0, register.DMA_COMMAND, 4, isToMemory ? 0x7 : 0x5);
  if (random.oneIn(2)) device.pass(1);
};

export const edu: Vocabulary = {
  options: [{}, { dma_bits: '32', dma_ms: '0', factorial_ms: '0' }],
  registers: {
    0: [
      register.IDENTIFICATION,
      register.LIVENESS,
      register.FACTORIAL,
      register.STATUS,
      register.INTERRUPT_STATUS,
      register.INTERRUPT_RAISE,
      register.INTERRUPT_ACKNOWLEDGE,
      register.DMA_SOURCE,
      register.DMA_SOURCE + 4,
      register.DMA_DESTINATION,
      register.DMA_COUNT,
      register.DMA_COMMAND,
    ],
  },
  values: [BUFFER_START, BUFFER_SIZE, STATUS_INTERRUPT, 12, 0x7],
  actions: [dma],
  works(device) {
    device.write(0, register.LIVENESS, 4, 0x1234_5678);
    const answers = [register.IDENTIFICATION, register.LIVENESS].map((at) => device.read(0, at, 4));
    if (answers[0] !== IDENTIFICATION_VALUE || answers[1] !== 0xedcb_a987) {
      throw new Error(`after a reset it answers ${answers.map((value) => value.toString(16))}`);
    }
  },
};
