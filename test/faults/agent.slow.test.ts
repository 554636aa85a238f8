import { describe } from 'vitest';
import { playAll } from '../../faults/play.ts';
import { AGENT_FAULTS } from '../../faults/rows/agent.ts';

describe('faults at the agent', () => {
  playAll(AGENT_FAULTS);
});
