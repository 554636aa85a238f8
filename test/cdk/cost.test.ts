import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isConfirmed, PRICES, type Price } from '../../cdk/prices.ts';
import { type DestinationId, MANIFESTS } from '../../lambdas/registry.ts';
import { MEASURED, measuredOrHighest } from '../../scripts/cost/measured.ts';
import {
  ASSUMPTIONS,
  DEFAULT_VARIANT,
  estimate,
  type Load,
  partsOf,
  shardsOf,
  VARIANTS,
} from '../../scripts/cost/model.ts';

const ALL = MANIFESTS.map((manifest) => manifest.id);
const PACKED = { records: 'packed', fanOut: 'shared', mode: 'provisioned' } as const;
const prices: readonly Price[] = Object.values(PRICES).flatMap((group) => Object.values<Price>(group));

const load = (some: Partial<Load> = {}): Load => ({
  gbPerDay: 5,
  agents: 20,
  destinations: ['datadog', 'cloudwatch'],
  lineBytes: 200,
  compression: 5,
  peak: 3,
  retentionHours: 24,
  ...some,
});

const anyLoad = fc.record({
  gbPerDay: fc.double({ min: 0.01, max: 10_000, noNaN: true }),
  agents: fc.integer({ min: 1, max: 10_000 }),
  destinations: fc.subarray(ALL, { minLength: 1 }),
  lineBytes: fc.integer({ min: 20, max: 4000 }),
  compression: fc.double({ min: 1, max: 20, noNaN: true }),
  peak: fc.double({ min: 1, max: 10, noNaN: true }),
  retentionHours: fc.constantFrom(24, 72),
});

const itemOf = (name: string, of: ReturnType<typeof estimate>) =>
  of.items.find((item) => item.name === name)?.usdPerMonth;

describe('the estimate', () => {
  it('charges a provisioned stream by shard and by unit of 25 KB', () => {
    const estimated = estimate(load({ gbPerDay: 1, agents: 1, compression: 1 }), PACKED);

    // One agent sends a record a second of 11,574 bytes: one unit each.
    expect(itemOf('stream', estimated)).toBeCloseTo(730 * 0.015);
    expect(itemOf('written', estimated)).toBeCloseTo((730 * 3600 * 0.014) / 1e6);
    expect(itemOf('read', estimated)).toBe(0);
  });

  it('charges an on-demand stream for each record rounded up to 1 KB', () => {
    const estimated = estimate(load({ gbPerDay: 1, lineBytes: 100 }), {
      records: 'line by line',
      fanOut: 'shared',
      mode: 'on-demand',
    });

    const lines = (1e9 * (730 / 24)) / 100;
    expect(itemOf('written', estimated)).toBeCloseTo(((lines * 1024) / 1e9) * 0.08);
  });

  it('charges enhanced fan-out for each destination, shard and gigabyte', () => {
    const estimated = estimate(load({ gbPerDay: 1, compression: 1 }), { ...PACKED, fanOut: 'enhanced' });

    expect(itemOf('read', estimated)).toBeCloseTo(2 * (730 * 0.015 + (730 / 24) * 0.013));
  });

  it('counts longer retention on top of each shard', () => {
    const day = estimate(load(), PACKED);
    const threeDays = estimate(load({ retentionHours: 72 }), PACKED);

    expect(threeDays.usdPerMonth - day.usdPerMonth).toBeCloseTo(730 * 0.02);
  });

  it('takes enough shards for what comes in, and for what shared readers read', () => {
    const twoMibPerSecond = load({
      gbPerDay: (2 * 2 ** 20 * 86_400) / 1e9,
      compression: 1,
      peak: 1,
      agents: 1,
    });

    expect(shardsOf({ ...twoMibPerSecond, destinations: ['datadog'] }, PACKED)).toBe(2);
    expect(shardsOf({ ...twoMibPerSecond, destinations: ALL }, PACKED)).toBe(ALL.length);
    expect(shardsOf({ ...twoMibPerSecond, destinations: ALL }, { ...PACKED, fanOut: 'enhanced' })).toBe(2);
  });

  it('never finds one line per record cheaper on the stream than packed records', () => {
    fc.assert(
      fc.property(anyLoad, (some) => {
        const packed = estimate(some, PACKED);
        const unpacked = estimate(some, { ...PACKED, records: 'line by line' });

        expect(itemOf('written', packed) ?? 0).toBeLessThanOrEqual(
          (itemOf('written', unpacked) ?? 0) * 1.0001,
        );
        expect(packed.recordsPerMonth).toBeLessThanOrEqual(unpacked.recordsPerMonth);
      }),
    );
  });

  it('is the sum of its items, none of which is negative, and grows with the lines', () => {
    fc.assert(
      fc.property(anyLoad, fc.constantFrom(...VARIANTS), (some, variant) => {
        const { items, usdPerMonth } = estimate(some, variant);
        const doubled = estimate({ ...some, gbPerDay: some.gbPerDay * 2 }, variant);

        expect(items.every((item) => item.usdPerMonth >= 0)).toBe(true);
        expect(usdPerMonth).toBeCloseTo(items.reduce((sum, item) => sum + item.usdPerMonth, 0));
        expect(doubled.usdPerMonth).toBeGreaterThan(usdPerMonth);
      }),
    );
  });
});

describe('prices', () => {
  it('each have a source, and are confirmed only by a dated page of recent years', () => {
    for (const price of prices) {
      expect(price.usd).toBeGreaterThan(0);
      expect(price.source).toMatch(/^https:\/\//);
      expect(isConfirmed(price)).toBe(/^202[5-9]-\d\d$/.test(price.date ?? ''));
    }
  });
});

describe('docs/costs.md', () => {
  const docs = readFileSync(new URL('../../docs/costs.md', import.meta.url), 'utf8');

  it.each(prices.map((price) => [price.per, price]))(
    'has the price for a %s',
    (per, { usd, date, source }) => {
      const row = docs.split('\n').find((line) => line.includes(`| ${per} |`));

      expect(row).toContain(`| ${usd} |`);
      expect(row).toContain(source);
      expect(row).toContain(date ?? 'undated');
    },
  );

  it.each(VARIANTS)('shows what the example costs: %o', (variant) => {
    const { records, fanOut, mode } = variant;

    expect(docs).toContain(
      `| ${records} | ${fanOut} | ${mode} | ${estimate(load(), variant).usdPerMonth.toFixed(2)} |`,
    );
  });

  it.each(Object.entries(ASSUMPTIONS))('states the assumption %s', (name, value) => {
    expect(docs).toContain(
      `| \`${name}\` | ${value.toLocaleString('en-US', { maximumFractionDigits: 3 })} |`,
    );
  });
});

describe('what was measured', () => {
  const docs = readFileSync(new URL('../../docs/costs.md', import.meta.url), 'utf8');

  it.each(ALL)('stands in the docs for %s, or that it was not measured', (id) => {
    const { cpuMsPerMb, sentPerByte } = MEASURED[id] ?? { cpuMsPerMb: 'not measured', sentPerByte: '' };
    const row = `| \`${id}\` | ${cpuMsPerMb} | ${sentPerByte} |`;

    expect(docs.split('\n'), `docs/costs.md needs the row: ${row}`).toContain(row);
  });

  it('gives a destination without figures the highest of the others', () => {
    const highest = measuredOrHighest('not-measured' as DestinationId);

    for (const one of Object.values(MEASURED)) {
      expect(highest.cpuMsPerMb).toBeGreaterThanOrEqual(one.cpuMsPerMb);
      expect(highest.sentPerByte).toBeGreaterThanOrEqual(one.sentPerByte);
    }
  });

  it('makes the parts of a bill, which the docs state for 100 GB a month', () => {
    const hundred = load({ gbPerDay: 3.29, agents: 10, destinations: ['datadog'] });

    const parts = partsOf(hundred, DEFAULT_VARIANT);

    expect(docs).toContain(`| at rest | ${parts.atRest.toFixed(2)} |`);
    expect(docs).toContain(`| invoked around the clock | ${parts.awake.toFixed(2)} |`);
    expect(docs).toContain(`| each 100 GB of text | ${parts.per100Gb.toFixed(2)} |`);
    expect(docs).toContain(`sending ${Math.round(parts.breakEvenGb)} GB a month or more`);
    const { usdPerMonth } = estimate(hundred, DEFAULT_VARIANT);
    expect(parts.atRest + parts.awake + parts.per100Gb).toBeCloseTo(usdPerMonth, 1);
  });

  it('never finds more text cheaper', () => {
    fc.assert(
      fc.property(anyLoad, (some) => {
        const { atRest, awake, per100Gb } = partsOf(some, DEFAULT_VARIANT);

        expect(Math.min(atRest, awake, per100Gb)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
