import { strict as assert } from 'node:assert';
import type { Fault, Scale } from '../fault.ts';
import type { Step } from '../plan.ts';
import { onStage } from '../stage.ts';

/** Faults at the agent, in the default setting: what does not fit is dropped, and announced. */
const sized = (scale: Scale, small: number, full: number): number => (scale === 'small' ? small : full);

function burst(name: string, stepsOf: (scale: Scale) => readonly Step[]): Fault {
  return {
    group: 'agent',
    name,
    run: (scale) =>
      onStage({}, async (stage) => {
        const steps = stepsOf(scale);
        const agent = stage.agent({ does: steps });
        assert.equal(await agent.ended, 0);
        await stage.settled();
        if (scale === 'full') await stage.compare(agent, steps);
      }),
  };
}

export const AGENT_FAULTS: readonly Fault[] = [
  burst('burst of a million lines', (scale) => [
    { kind: 'lines', count: sized(scale, 20_000, 1_000_000), perWrite: 64 },
  ]),
];
