import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSpoolFolderName, spoolFolderName } from '../../../shipper/protocol/spool-folder-name.ts';

const words = (characters: string, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...Array.from(characters)), minLength: 1, maxLength });
const WORD = 'abcXYZ019_-';
const boots = words(WORD, 32);
const streams = fc.oneof(words(`${WORD}.`, 128), fc.constantFrom('.', '..', '-', 'x'.repeat(128)));
// Nine digits of base 36 last until the year 5188.
const starts = fc.integer({ min: 0, max: 36 ** 9 - 2 });

describe('the name of a folder in the spool', () => {
  it('says for which stream it is, whatever the names of boot and stream', () => {
    fc.assert(
      fc.property(starts, boots, streams, (startMs, boot, stream) => {
        const name = spoolFolderName({ startMs, boot, stream });
        const parsed = parseSpoolFolderName(name);

        expect(parsed?.stream).toBe(stream);
        expect(name).toBe(`${parsed?.origin}@${stream}`);
        // Of a record's file, its number and endings are behind the origin; a folder is hidden at first.
        expect(name.length + 1).toBeLessThanOrEqual(255);
      }),
    );
  });

  it('sorts by the start', () => {
    fc.assert(
      fc.property(fc.tuple(starts, starts), boots, streams, (two, boot, stream) => {
        const [first, second] = [Math.min(...two), Math.max(...two) + 1];
        const names = [second, first].map((startMs) => spoolFolderName({ startMs, boot, stream }));

        expect(names.toSorted()).toEqual(names.toReversed());
      }),
    );
  });

  it('may have no stream, as names had before, and is nothing else', () => {
    expect(parseSpoolFolderName('0mkexq3v5-k3f9c2')).toEqual({
      origin: '0mkexq3v5-k3f9c2',
      stream: undefined,
    });
    for (const other of [
      'other',
      '.0mkexq3v5-k3f9c2@s',
      '0mkexq3v5-k3f9c2@',
      '0mkexq3v5-b@a@b',
      '0mkexq3v5-b@a/b',
    ])
      expect(parseSpoolFolderName(other)).toBeUndefined();
  });
});
