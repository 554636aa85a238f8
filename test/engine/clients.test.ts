import { describe, expect, it } from 'vitest';
import { DELIVERED, outcome } from '../../shared/destination/outcome.ts';
import { createHarness, kinesisRecord } from '../helpers/engine-harness.ts';

/** More agents with accounts of their own than a function keeps drains for. */
const AGENTS = Array.from({ length: 2_400 }, (_, i) => `CA_${i}`);
const NOTHING = { batchItemFailures: [] };

function records(agents: readonly string[], seq: number) {
  return agents.map((agent) => kinesisRecord({ agent, worker: `${agent}-w`, seq, lines: [`line ${seq}`] }));
}

describe('drains of more accounts than are kept', () => {
  it('serve all agents of a batch, in whatever order these come, and are closed after it', async () => {
    const closed = new Set<object>();
    const harness = createHarness({
      secret: (name) => ({ kind: 'found', text: `{"TOKEN":"${name}"}` }),
      service: ({ settings }) =>
        closed.has(settings) ? outcome({ fate: 'retry', reason: 'closed' }) : DELIVERED,
      onClose: (settings) => closed.add(settings),
    });

    const first = await harness.deliver(records(AGENTS, 0));
    const second = await harness.deliver(records(AGENTS.toReversed(), 1));

    expect([first, second]).toEqual([NOTHING, NOTHING]);
    expect(harness.counts.get('LinesDelivered')).toBe(2 * AGENTS.length);
    expect(harness.counts.get('AttemptsFailed')).toBeUndefined();
    expect(closed.size).toBeGreaterThan(0);
  });
});
