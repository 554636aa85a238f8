import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  agentObjectKey,
  readAgentKey,
  readUnreadableKey,
  unreadableObjectKey,
} from '../../shared/parking/object-key.ts';

const destination = fc.constantFrom('datadog', 's3', 'otlp-http');
const agentId = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/).filter((id) => id !== 'default');
const arrivalMs = fc.integer({ min: 0, max: 253_402_300_799_999 });
const sequenceNumber = fc.stringMatching(/^\d{1,128}$/);

describe('the key of a parked object', () => {
  it('is read back by who lists the bucket, whatever the destination is called', () => {
    const object = fc.record({
      kind: fc.constantFrom('parked' as const, 'rejected' as const),
      destination,
      agentId,
      arrivalMs,
      sequenceNumber,
      firstLine: fc.nat(),
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
      fc.property(destination, arrivalMs, sequenceNumber, (id, ms, number) => {
        const key = unreadableObjectKey(id, { arrivalMs: ms, sequenceNumber: number });

        expect(readUnreadableKey(key)).toBe(ms);
        expect(readAgentKey(key)).toBeUndefined();
      }),
    );
  });

  it('is not made for an id that would not be found again', () => {
    const object = {
      kind: 'parked',
      agentId: 'CA_a',
      arrivalMs: 0,
      sequenceNumber: '1',
      firstLine: 0,
    } as const;

    for (const id of ['Datadog', 'a/b', '', '3s', 'otlp_http'])
      expect(() => agentObjectKey({ ...object, destination: id })).toThrow(RangeError);
  });
});
