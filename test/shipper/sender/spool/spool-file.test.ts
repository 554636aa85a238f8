import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSpoolFile, encodeSpoolFile } from '../../../../shipper/sender/spool/spool-file.ts';

const records = fc.record({
  partitionKey: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 128 }),
  lines: fc.nat(),
  data: fc.uint8Array({ maxLength: 300 }).map((data) => Buffer.from(data)),
});

describe("a record's file in the spool", () => {
  it('comes out as it went in', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(decodeSpoolFile(Buffer.concat(encodeSpoolFile(record)))).toEqual(record);
      }),
    );
  });

  it('is refused when a single byte is another, lacks or is too much', () => {
    const faults = fc.constantFrom('changed', 'cut off', 'added');
    fc.assert(
      fc.property(records, faults, fc.nat(), (record, fault, where) => {
        const file = Buffer.concat(encodeSpoolFile(record));
        const at = where % file.length;
        if (fault === 'changed') file[at] = (file[at] ?? 0) ^ (1 + (where % 255));
        const damaged = {
          changed: file,
          'cut off': file.subarray(0, at),
          added: Buffer.concat([file, file]),
        };

        expect(decodeSpoolFile(damaged[fault])).toBeUndefined();
      }),
    );
  });

  it('is refused when it is something else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(decodeSpoolFile(Buffer.from(bytes))).toBeUndefined();
      }),
    );
  });
});
