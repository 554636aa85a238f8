import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecord } from '../../shared/record/decode.ts';
import { recordPayload } from '../../shared/record/encode.ts';
import type { Decoded, LineGroup } from '../../shared/record/lines.ts';
import { foreignRecordOf, ownRecordOf } from '../../shared/record/reencode.ts';
import { ARRIVAL, headerFor, linesOf, printed, seen } from '../helpers/records.ts';

function groupsOf(decoded: Decoded): readonly LineGroup[] {
  return decoded.kind === 'lines' ? decoded.groups : [];
}

const foreignObject = fc.record(
  {
    agent_id: fc.constantFrom('a', 'b'),
    worker_id: fc.constantFrom('w', 'x'),
    stream: fc.constantFrom('stdout', 'stderr'),
    timestamp: fc.oneof(
      fc.constantFrom('1970-01-01T00:00:00.005Z', 1_768_473_000_000, 3),
      fc.integer({ min: 1e11, max: 253_402_300_799_999 }),
    ),
    level: fc.constantFrom('panic', 'warn', 'nonsense'),
    message: fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\r', 'a\n\r', '\ufeff', '{"a":1}')),
  },
  { requiredKeys: ['agent_id', 'message'] },
);

describe('ownRecordOf', () => {
  it('gives any stretch of lines back as they were read', () => {
    fc.assert(
      fc.property(printed, fc.nat(), fc.nat(), ({ header, body }, a, b) => {
        const [group] = groupsOf(decodeRecord(recordPayload(header, [body]), ARRIVAL));
        fc.pre(group !== undefined);
        const from = a % (group.count + 1);
        const to = from + (b % (group.count + 1 - from));

        const again = decodeRecord(ownRecordOf(group, from, to), ARRIVAL);

        expect(seen(again)).toEqual(linesOf(group).slice(from, to));
      }),
    );
  });

  it('keeps a CR that was left after one went with the line end', () => {
    const body = Buffer.from('a\r\r\n\r\r\r\n');
    const [group] = groupsOf(decodeRecord(recordPayload(headerFor(body), [body]), ARRIVAL));

    const again = decodeRecord(group === undefined ? Buffer.alloc(0) : ownRecordOf(group, 0, 2), ARRIVAL);

    expect(seen(again).map((line) => line.text)).toEqual(['a\r', '\r\r']);
  });

  it('refuses lines that have no boot', () => {
    const [group] = groupsOf(decodeRecord(Buffer.from('{"agent_id":"a","message":""}'), ARRIVAL));

    expect(() => group && ownRecordOf(group, 0, 1)).toThrow(TypeError);
  });
});

describe('foreignRecordOf', () => {
  it('gives any lines of a record back as they were read, at their places', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(foreignObject, fc.boolean())), (chosen) => {
        const data = Buffer.from(JSON.stringify(chosen.map(([object]) => object)));
        const groups = groupsOf(decodeRecord(data, ARRIVAL));
        const parts = groups.flatMap((group) =>
          Array.from({ length: group.count }, (_, i) => ({ group, from: i, to: i + 1 })).filter(
            ({ from }) => chosen[group.seq + from]?.[1],
          ),
        );

        const again = decodeRecord(foreignRecordOf(parts), { arrivalMs: 1 });

        const kept = groups.flatMap(linesOf).filter((line) => chosen[line.seq]?.[1]);
        expect(seen(again)).toEqual(kept);
      }),
    );
  });

  it('writes an array of objects with every field', () => {
    const object = {
      agent_id: 'a',
      worker_id: 'w',
      stream: 'stderr',
      timestamp: 1e12,
      level: 'warn',
      message: 'é',
    };
    const [group] = groupsOf(decodeRecord(Buffer.from(JSON.stringify([object, object])), ARRIVAL));

    const data = group === undefined ? '' : foreignRecordOf([{ group, from: 1, to: 2 }]).toString();

    expect(JSON.parse(data)).toEqual([{ ...object, log_drain_index: 1 }]);
  });
});
