import { describe, expect, it } from 'vitest';
import { MANIFESTS } from '../../lambdas/registry.ts';
import { commandOf, failureText } from '../../simulation/report.ts';
import { simulate } from '../../simulation/simulate.ts';

describe('a simulation', () => {
  it('is the same for the same seed, and another for another', async () => {
    const options = { seed: 12, hours: 1 };
    const [one, again, other] = [
      await simulate(options),
      await simulate(options),
      await simulate({ ...options, seed: 13 }),
    ];

    expect(again).toEqual(one);
    expect(other.digest).not.toBe(one.digest);
  });

  it.each(MANIFESTS.map(({ id }) => id))(
    'delivers each line once to %s where nothing is the matter',
    async (destination) => {
      const { violations, lines, notes } = await simulate({ seed: 3, hours: 1, destination, only: [] });

      expect(violations).toEqual([]);
      expect(lines).toBeGreaterThan(100);
      expect([...notes.keys()].filter((what) => what.startsWith('repeated'))).toEqual([]);
    },
  );
});

describe('a failure', () => {
  it('is told with its history and the command that plays it again', () => {
    const trouble = { kind: 'refused', agent: 'CA_0', fromMs: 61_000, toMs: 3_600_000, degree: 0 } as const;
    const text = failureText(
      { seed: 5, hours: 2, only: [1] },
      {
        seed: 5,
        destination: 'splunk',
        hours: 2,
        simulatedHours: 3,
        troubles: [{ ...trouble, agent: 'CA_1' }, trouble],
        violations: [{ atMs: 7_322_000, rule: 'never-delivered', what: 'line 7 was never delivered' }],
        lines: 1,
        steps: 1,
        notes: new Map(),
        digest: 0,
      },
    );

    expect(text.split('\n')).toEqual([
      'Seed 5 (splunk) fails.',
      'Troubles:',
      '  00:01:01 to 01:00:00  refused (CA_0)  [1]',
      'What is wrong, first to last:',
      '  02:02:02  never-delivered: line 7 was never delivered',
      'Again: npm run simulate -- --seed 5 --hours 2 --only 1',
    ]);
    expect(commandOf({ seed: 1, only: [] })).toBe('npm run simulate -- --seed 1 --only none');
  });
});
