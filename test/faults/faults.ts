import type { Fault } from './fault.ts';
import { AGENT_FAULTS } from './rows/agent.ts';
import { KINESIS_FAULTS } from './rows/kinesis.ts';

/** Every row of the scoreboard, in its order. */
export const FAULTS: readonly Fault[] = [...AGENT_FAULTS, ...KINESIS_FAULTS];
