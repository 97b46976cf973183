// The steps that random sequences are made of: each does one thing to the world, keeps the books,
// and complains when the answer is not what the books say.
import { busSteps } from './bus-steps.js';
import { containerSteps } from './container-steps.js';
import { groupSteps } from './group-steps.js';
import { holderSteps } from './holder-steps.js';
import type { Step } from './step.js';

export const steps: readonly Step[] = [
  ...containerSteps,
  ...groupSteps,
  ...holderSteps,
  ...busSteps,
];
