import { describe, expect, it } from 'vitest';
import { recordPayload } from '../../shared/record/encode.ts';
import { FLAG_UNTERMINATED, MAX_DECODED_BYTES } from '../../shared/record/format.ts';
import { textOf } from '../../shared/record/lines.ts';
import { groupOf, headerWith } from '../helpers/records.ts';

const COUNT = 300_000;
/** Lines of the first of two runs, whose last line the agent did not end: its CR stays. */
const FIRST_RUN = 100_001;
/** Each third is blank, each fifth ends with CRLF. */
const written = Array.from(
  { length: COUNT },
  (_, i) => `${i % 3 === 0 ? '' : i}${i % 5 === 0 ? '\r' : ''}\n`,
);
const texts = written.map((line, i) => (i === FIRST_RUN - 1 ? line.slice(0, -1) : line.trimEnd()));

function payloadOf(lines: readonly string[]): Buffer {
  const parts = [lines.slice(0, FIRST_RUN), lines.slice(FIRST_RUN)];
  const [first, second] = parts.map((part) => Buffer.from(part.join(''), 'latin1'));
  if (first === undefined || second === undefined) throw new Error('no parts');
  const header = headerWith({
    runs: [
      [0, 1, FIRST_RUN, first.length, FLAG_UNTERMINATED],
      [0, 2, COUNT - FIRST_RUN, second.length],
    ],
  });
  return recordPayload(header, [first, second]);
}

describe('the places of very many lines', () => {
  it('take no more memory than those of some ten thousand', () => {
    const body = Buffer.alloc(MAX_DECODED_BYTES - 1024, '\n');

    const header = headerWith({ runs: [[0, 1, body.length, body.length]] });
    const group = groupOf(recordPayload(header, [body]));

    expect(group.count).toBe(body.length);
    expect(group.places.marks.byteLength).toBeLessThan(512 * 1024);
    expect(textOf(group, group.count - 1)).toBe('');
  });

  it('are found in order, backwards and anywhere', () => {
    const group = groupOf(payloadOf(written));
    const inOrder = Array.from({ length: COUNT }, (_, i) => i);
    const scattered = inOrder.map((i) => (i * 7919) % COUNT).slice(0, 5_000);

    for (const order of [inOrder, inOrder.slice(-5_000).toReversed(), scattered, [FIRST_RUN - 1]]) {
      expect(order.map((i) => textOf(group, i))).toEqual(order.map((i) => texts[i]));
    }
  });

  it('are found where the text had to be repaired', () => {
    const group = groupOf(payloadOf(written.map((line, i) => (i === 70_000 ? `\xff${line}` : line))));

    expect([69_999, 70_000, 70_001, COUNT - 1].map((i) => textOf(group, i))).toEqual([
      texts[69_999],
      `\ufffd${texts[70_000]}`,
      texts[70_001],
      texts[COUNT - 1],
    ]);
  });
});
