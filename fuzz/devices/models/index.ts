/** What is known of which model. Models that are not here are fuzzed all the same, with less insight. */
import type { Vocabulary } from '../vocabulary.js';
import { edu } from './edu.js';
import { igb } from './igb.js';
import { nvme } from './nvme.js';

export const vocabularies: Readonly<Record<string, Vocabulary>> = {
  edu,
  igb,
  nvme,
  shell: {
    options: [
      { bar0: '16K mem64', bar2: '256 io', pin: '1', rom: '2K' },
      { bar0: '4K mem32 trapped', bar1: '64K mem32 fixed', unclaimed: 'writable' },
    ],
  },
};
