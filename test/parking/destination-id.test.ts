import { describe, expect, it } from 'vitest';
import { checkedDestinationId, isDestinationId } from '../../shared/parking/destination-id.ts';

describe('the id of a destination', () => {
  it.each(['datadog', 's3', 'otlp-http', 'a', 'x2-y-3', 'a'.repeat(32)])('may be %s', (id) => {
    expect(isDestinationId(id)).toBe(true);
    expect(checkedDestinationId(id)).toBe(id);
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
