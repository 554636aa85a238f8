import { describe } from 'vitest';
import { playAll } from '../../faults/play.ts';
import { BURST_FAULTS } from '../../faults/rows/agent-bursts.ts';

describe('bursts of an agent', () => {
  playAll(BURST_FAULTS);
});
