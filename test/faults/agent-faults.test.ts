import { describe } from 'vitest';
import { playAll } from './play.ts';
import { AGENT_FAULTS } from './rows/agent.ts';

describe('faults at the agent', () => {
  playAll(AGENT_FAULTS);
});
