import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf, type LineNames } from '../../shared/parking/line-names.ts';
import {
  agentObjectKey,
  readAgentKey,
  readUnreadableKey,
  unreadableObjectKey,
} from '../../shared/parking/object-key.ts';

const destination = fc.constantFrom('datadog', 's3', 'otlp-http');
const agentId = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/).filter((id) => id !== 'default');
const arrivalMs = fc.integer({ min: 0, max: 253_402_300_799_999 });
const eventId = fc.stringMatching(/^shardId-\d{12}:\d{1,128}$/);
const line = fc.record({ boot: fc.constantFrom('a', 'b', 'c'), number: fc.nat(30) });

interface OneLine {
  readonly boot: string;
  readonly number: number;
}

const holding = (lines: readonly OneLine[]): LineNames[] =>
  lines.map(({ boot, number }) => ({ boot, from: number, to: number + 1 }));

describe('the key of a parked object', () => {
  it('is read back by who lists the bucket, whatever the destination is called', () => {
    const object = fc.record({
      kind: fc.constantFrom('parked' as const, 'rejected' as const),
      destination,
      agentId,
      arrivalMs,
      holds: fc.array(line, { minLength: 1 }).map(holding),
    });
    fc.assert(
      fc.property(object, (one) => {
        const key = agentObjectKey(one);

        expect(readAgentKey(key)).toEqual({ agentId: one.agentId, arrivalMs: one.arrivalMs });
        expect(readUnreadableKey(key)).toBeUndefined();
      }),
    );
  });

  it('is read back for records that no function can read', () => {
    fc.assert(
      fc.property(destination, arrivalMs, eventId, (id, ms, name) => {
        const key = unreadableObjectKey(id, { arrivalMs: ms, eventId: name });

        expect(readUnreadableKey(key)).toBe(ms);
        expect(readAgentKey(key)).toBeUndefined();
      }),
    );
  });

  it('is read back where an earlier version made it', () => {
    const name = `2026/01/15/1768473000000-${'4966'.padEnd(56, '0')}`;

    expect(readAgentKey(`parked/datadog/CA_a/${name}.json`)).toEqual({
      agentId: 'CA_a',
      arrivalMs: 1_768_473_000_000,
    });
    expect(readAgentKey(`rejected/datadog/CA_a/${name}-17.json`)?.agentId).toBe('CA_a');
    expect(readUnreadableKey(`unreadable/datadog/${name}.json`)).toBe(1_768_473_000_000);
  });

  it('is not made for an id that would not be found again', () => {
    const object = { kind: 'parked', agentId: 'CA_a', arrivalMs: 0, holds: [] } as const;

    for (const id of ['Datadog', 'a/b', '', '3s', 'otlp_http'])
      expect(() => agentObjectKey({ ...object, destination: id })).toThrow(RangeError);
  });
});

describe('the digest of lines', () => {
  it('is the same for the same lines in any order and in any pieces, and no other lines have it', () => {
    const textOf = (lines: readonly OneLine[]): string =>
      [...new Set(lines.map(({ boot, number }) => `${boot} ${number}`))].sort().join();
    fc.assert(
      fc.property(fc.array(line), fc.array(line), (some, others) => {
        const same = textOf(some) === textOf(others);

        expect(digestOf(holding(some)) === digestOf(holding(others))).toBe(same);
        expect(digestOf(holding(some.toReversed()))).toBe(digestOf(holding(some)));
      }),
    );
    expect(digestOf([{ boot: 'a', from: 0, to: 2 }])).toBe(
      digestOf([
        { boot: 'a', from: 1, to: 2 },
        { boot: 'a', from: 0, to: 1 },
      ]),
    );
  });
});
