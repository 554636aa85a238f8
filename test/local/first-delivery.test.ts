import { describe, expect, it } from 'vitest';
import { watchFirstDelivery } from '../../local/first-delivery.ts';

function setUp() {
  const clock = { nowMs: 10_000 };
  const said: string[] = [];
  const ids = ['datadog', 'sentry', 'syslog'] as const;
  const { accepted } = watchFirstDelivery({ ids, say: (text) => said.push(text), now: () => clock.nowMs });
  return { clock, said, accepted };
}

describe('the first line that gets through', () => {
  it('is told once, when every destination has got one, with the time since it was read', () => {
    const { clock, said, accepted } = setUp();
    accepted('datadog', 10_500);
    accepted('datadog', 10_700);
    accepted('sentry', 10_500);
    expect(said).toEqual([]);

    clock.nowMs = 11_740;
    accepted('syslog', 10_600);
    accepted('syslog', 10_800);
    accepted('datadog', 10_900);

    expect(said).toEqual(['first line delivered to all three destinations after 1.2 s']);
  });

  it('is told with the time since the start where no destination knows times', () => {
    const { clock, said, accepted } = setUp();
    clock.nowMs = 13_000;
    for (const id of ['datadog', 'sentry', 'syslog'] as const) accepted(id, undefined);

    expect(said).toEqual(['first line delivered to all three destinations after 3.0 s']);
  });
});
