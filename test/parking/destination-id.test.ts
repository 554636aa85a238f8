import { describe, expect, it } from 'vitest';
import { checkedDestinationId, isDestinationId } from '../../shared/parking/destination-id.ts';
import {
  agentObjectKey,
  readAgentKey,
  readUnreadableKey,
  unreadableObjectKey,
} from '../../shared/parking/object-key.ts';

const ARRIVAL_MS = 1_768_473_000_000;
const RECORD = { arrivalMs: ARRIVAL_MS, eventId: 'shardId-000000000000:49' };
const OBJECT = { arrivalMs: ARRIVAL_MS, kind: 'rejected', agentId: 'CA_a', holds: [] } as const;

describe('the id of a destination', () => {
  it.each(['datadog', 's3', 'otlp-http', 'a', 'x2-y-3', 'a'.repeat(32)])('may be %s', (id) => {
    expect(isDestinationId(id)).toBe(true);
    expect(checkedDestinationId(id)).toBe(id);
    expect(readAgentKey(agentObjectKey({ ...OBJECT, destination: id }))).toEqual({
      agentId: 'CA_a',
      arrivalMs: ARRIVAL_MS,
    });
    expect(readUnreadableKey(unreadableObjectKey(id, RECORD))).toBe(ARRIVAL_MS);
  });

  it.each([
    '',
    '3com',
    'Datadog',
    'otlp_http',
    'otlp--http',
    '-a',
    'a-',
    'a/b',
    'a.b',
    'ä',
    'a\n',
    'a'.repeat(33),
  ])('may not be %j', (id) => {
    expect(isDestinationId(id)).toBe(false);
    expect(() => checkedDestinationId(id)).toThrow(RangeError);
  });
});
