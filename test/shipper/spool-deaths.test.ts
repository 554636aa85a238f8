import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeRecord } from '../../shared/record/decode.ts';
import { decodeSpoolFile } from '../../shipper/sender/spool-file.ts';
import { type BuiltCli, buildTemporaryCli } from '../helpers/built-cli.ts';
import { ACCEPT, type FakeKinesis, startFakeKinesis } from '../helpers/fake-kinesis.ts';
import { type RunningShipper, senderPids, startShipper } from '../helpers/shipper-process.ts';

const PRELOAD = fileURLToPath(new URL('./spool-poison.cjs', import.meta.url));
/** The second record of a shipper. */
const SECOND = '-0000000001';
const isSecond = (name: string): boolean => name.includes(SECOND);

let cli: BuiltCli;
let kinesis: FakeKinesis;
let dir: string;
let spool: string;
let shippers: RunningShipper[];

beforeAll(async () => {
  cli = await buildTemporaryCli();
});
afterAll(() => cli.remove());
beforeEach(async () => {
  kinesis = await startFakeKinesis();
  dir = mkdtempSync(join(tmpdir(), 'log-drain-deaths-'));
  spool = join(dir, 'spool');
  shippers = [];
});
afterEach(async () => {
  for (const { child } of shippers) child.kill('SIGKILL');
  await Promise.all(shippers.map(({ ended }) => ended));
  await kinesis.close();
  rmSync(dir, { recursive: true });
});

/** A shipper with the spool, whose sender dies of the second record in it. */
function start(poison = SECOND): RunningShipper {
  const shipper = startShipper({
    entry: cli.entry,
    kinesis,
    args: ['ship', '--spool', spool, '--drain-timeout', '40s'],
    env: { NODE_OPTIONS: `--require=${PRELOAD}`, SPOOL_POISON: poison },
    stdin: { leftOpen: true },
  });
  shippers.push(shipper);
  return shipper;
}

/** Names of all files in the spool. */
function names(): readonly string[] {
  if (!existsSync(spool)) return [];
  const entries = readdirSync(spool, { recursive: true, encoding: 'utf8' });
  return entries.filter((name) => name.includes('.rec')).sort();
}

/** Lines that hardly compress, so that each thousand is a record of its own. */
const noise = (count: number): string =>
  Array.from({ length: count }, (_, at) => `${at} ${randomBytes(750).toString('base64')}\n`).join('');

/** Lines in all files of the spool. */
const spooledLines = (): number =>
  names().reduce((sum, name) => sum + (decodeSpoolFile(readFileSync(join(spool, name)))?.lines ?? 0), 0);

/** Leaves 3,000 lines in some records, of a shipper that was killed in an outage. */
async function leave(): Promise<void> {
  kinesis.behave(() => ({ kind: 'error', status: 503, type: 'ServiceUnavailable' }));
  const shipper = start('nothing');
  shipper.child.stdin?.write(noise(3000));
  await vi.waitFor(() => expect(spooledLines()).toBe(3000), 15_000);
  const pids = senderPids(shipper);
  shipper.child.kill('SIGKILL');
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await shipper.ended;
  kinesis.behave(ACCEPT);
}

/** How many lines arrived, copies left out. */
function arrivedLines(): number {
  const texts = kinesis.taken.flatMap((data) => {
    const decoded = decodeRecord(data, { arrivalMs: 0 });
    if (decoded.kind !== 'lines') throw new Error(`a record cannot be read: ${decoded.reason}`);
    return decoded.groups.flatMap(({ bytes, starts, ends }) =>
      Array.from(starts, (begin, at) => bytes.toString('latin1', begin, ends[at])),
    );
  });
  return new Set(texts).size;
}

describe('a record in the spool that kills each sender', () => {
  it('is set aside after three deaths that it had to itself, and announced; all others are sent', async () => {
    await leave();
    const poisoned = decodeSpoolFile(readFileSync(join(spool, names().find(isSecond) ?? '')))?.lines ?? 0;

    const shipper = start();
    shipper.child.stdin?.end('b 0\n');

    expect(await shipper.ended).toBe(1);
    expect(names()).toEqual([expect.stringMatching(/-0000000001\.rec\.quarantine$/)]);
    expect(shipper.stderr()).toMatch(
      /the sending process died three times of \S+\.rec\.quarantine in the spool: it is set aside, not sent/,
    );
    expect(arrivedLines()).toBe(3000 + 1 - poisoned);
    expect(shipper.stderr()).toContain(`log-drain: ${poisoned} lines were dropped`);
  }, 120_000);

  it('is counted by its lines if it is our own', async () => {
    const shipper = start();
    shipper.child.stdin?.write('first\n');
    await vi.waitFor(() => expect(kinesis.taken).toHaveLength(1), 30_000);
    shipper.child.stdin?.end('second\nthird\n');

    expect(await shipper.ended).toBe(1);
    expect(arrivedLines()).toBe(1);
    expect(names()).toEqual([expect.stringMatching(/-0000000001\.rec\.quarantine$/)]);
    expect(shipper.stderr()).toContain('log-drain: 2 lines were dropped');
  }, 120_000);

  it('keeps its deaths when another shipper takes it over', async () => {
    await leave();
    const poisoned = names().find(isSecond) ?? '';
    renameSync(join(spool, poisoned), join(spool, poisoned.replace(/\.rec$/, '.deaths-2.rec')));
    for (const name of names()) if (!isSecond(name)) rmSync(join(spool, name));

    const shipper = start();
    shipper.child.stdin?.end('b 0\n');

    expect(await shipper.ended).toBe(1);
    expect(names()).toEqual([expect.stringMatching(/-0000000001\.rec\.quarantine$/)]);
    expect(shipper.stderr().match(/the sending process ended/g)).toHaveLength(1);
    expect(arrivedLines()).toBe(1);
  }, 120_000);
});
