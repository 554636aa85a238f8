import { describe, expect, it } from 'vitest';
import { DELIVERED } from '../../shared/destination/outcome.ts';
import { createHarness, type Harness, rawRecord } from '../helpers/engine-harness.ts';

const SECRETIVE = 'the 3rd of May';

function foreign(agent: string, timestamp: unknown) {
  return rawRecord(Buffer.from(JSON.stringify({ agent_id: agent, timestamp, message: 'm' })));
}

function told({ logs }: Harness): readonly unknown[] {
  return logs.filter(({ event }) => event === 'timestamps_unreadable').map(({ fields }) => fields);
}

describe('a timestamp of another producer that cannot be read', () => {
  it('is told once for each agent while it goes on, without its text', async () => {
    const harness = createHarness({ service: () => DELIVERED });

    await harness.deliver([foreign('CA_a', SECRETIVE), foreign('CA_a', '12:30'), foreign('CA_b', {})]);
    await harness.deliver([foreign('CA_a', SECRETIVE)]);
    harness.clock.advance(60 * 60_000 + 1);
    await harness.deliver([foreign('CA_a', SECRETIVE)]);

    const used = 'time of arrival';
    expect(told(harness)).toEqual([
      { agent: 'CA_a', lines: 2, used },
      { agent: 'CA_b', lines: 1, used },
      { agent: 'CA_a', lines: 1, used },
    ]);
    expect(harness.counts.get('LinesDelivered')).toBe(5);
  });

  it.each([[null], [1_768_473_600_000], ['2026-01-15 10:30:00'], [undefined]])(
    'is none: %j',
    async (timestamp) => {
      const harness = createHarness({ service: () => DELIVERED });

      await harness.deliver([foreign('CA_a', timestamp)]);

      expect(told(harness)).toEqual([]);
    },
  );
});
