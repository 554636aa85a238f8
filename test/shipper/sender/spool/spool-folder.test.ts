import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSpoolFolder, type SpoolFolder } from '../../../../shipper/sender/spool/spool-folder.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'log-drain-spool-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const record = (origin: string, number: number, ending = '.rec'): string =>
  `${origin}-${String(number).padStart(10, '0')}${ending}`;

/** The folder of a shipper that is gone, with these files. */
function leave(folder: string, files: readonly string[]): void {
  mkdirSync(join(dir, folder));
  for (const file of ['lock', ...files]) writeFileSync(join(dir, folder, file), file);
}

async function claimed(folder: SpoolFolder): Promise<readonly string[]> {
  const names: string[] = [];
  await folder.claim(({ name }) => names.push(name));
  return names;
}

const OWN = '000000009-me@one';

describe('the folder of a shipper', () => {
  it('takes what is for its stream or says no stream, oldest first, with counts of crashes', async () => {
    leave('000000001-a', [record('000000001-a', 0), record('000000001-a', 1, '.rec.quarantine')]);
    leave('000000002-b@one', [
      record('000000002-b', 3, '.deaths-2.rec'),
      record('000000002-b', 4, '.rec.tmp'),
    ]);
    leave('000000003-c@two', [record('000000003-c', 0)]);
    leave('000000004-d@one.', [record('000000004-d', 0)]);
    const folder = createSpoolFolder(dir, OWN);
    await folder.open();

    expect(await claimed(folder)).toEqual([
      record('000000001-a', 0),
      record('000000002-b', 3, '.deaths-2.rec'),
    ]);
    expect((await folder.list()).map(({ ownId }) => ownId)).toEqual([undefined, undefined]);
    expect(readdirSync(dir)).toEqual(['000000001-a', '000000003-c@two', '000000004-d@one.', OWN]);
    expect(readdirSync(join(dir, '000000003-c@two'))).toContain(record('000000003-c', 0));
  });

  it('knows its own records by its start, since the stream is not in their names', async () => {
    const folder = createSpoolFolder(dir, OWN);
    await folder.open();
    const name = await folder.write(7, [Buffer.from('data')]);

    expect(name).toBe(record('000000009-me', 7));
    expect(await folder.list()).toEqual([{ name, bytes: 4, ownId: 7 }]);
    for (const next of ['.deaths-1.rec', '.deaths-2.rec']) {
      const [file] = await folder.list();
      expect(await folder.countCrash(file?.name ?? '')).toBeUndefined();
      expect((await folder.list()).map((left) => left.name)).toEqual([record('000000009-me', 7, next)]);
    }
    const [last] = await folder.list();
    expect(await folder.countCrash(last?.name ?? '')).toMatchObject({ ownId: 7 });
    expect(await folder.list()).toEqual([]);
  });

  it('counts what is left for other streams, unless somebody is there to send it', async () => {
    leave('000000001-a@two', [record('000000001-a', 0), record('000000001-a', 1)]);
    leave('000000002-b@two', [record('000000001-a', 2), 'notes.txt']);
    leave('000000003-c@three', [record('000000003-c', 0, '.rec.quarantine')]);
    leave('000000004-d@four', [record('000000004-d', 0)]);
    leave('000000005-e@five', []);
    leave('000000006-f', [record('000000006-f', 0)]);
    const living = createSpoolFolder(dir, '000000008-g@four');
    await living.open();
    const folder = createSpoolFolder(dir, OWN);
    await folder.open();

    expect(await folder.leftForOthers()).toEqual([{ stream: 'two', records: 3 }]);
    // What is not ours stays, but for the folder of somebody who is gone that holds nothing.
    expect(readdirSync(dir)).toHaveLength(7);
    expect(readdirSync(dir)).not.toContain('000000005-e@five');
  });
});
