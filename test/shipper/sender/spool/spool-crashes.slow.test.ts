import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { decodeSpoolFile } from '../../../../shipper/sender/spool/spool-file.ts';
import { ACCEPT, DOWN } from '../../../helpers/aws/fake-kinesis.ts';
import { useShipper } from '../../../helpers/shipper/fixture.ts';
import { arrivedLines, killWithSender, type RunningShipper } from '../../../helpers/shipper/process.ts';

const PRELOAD = fileURLToPath(new URL('./spool-poison.cjs', import.meta.url));
/** The second record of a shipper. */
const SECOND = '-0000000001';
const isSecond = (name: string): boolean => name.includes(SECOND);

const world = useShipper();
const spool = (): string => join(world.dir, 'spool');

/** A shipper with the spool, whose sender dies of the second record in it. */
function start(poison = SECOND): RunningShipper {
  return world.start({
    args: ['ship', '--spool', spool(), '--drain-timeout', '40s'],
    senderPreload: PRELOAD,
    env: { SPOOL_POISON: poison },
    stdin: { leftOpen: true },
  });
}

/** Names of all files in the spool. */
function names(): readonly string[] {
  if (!existsSync(spool())) return [];
  const entries = readdirSync(spool(), { recursive: true, encoding: 'utf8' });
  return entries.filter((name) => name.includes('.rec')).sort();
}

/** Lines that hardly compress, so that each thousand is a record of its own. */
const noise = (count: number): string =>
  Array.from({ length: count }, (_, at) => `${at} ${randomBytes(750).toString('base64')}\n`).join('');

/** Lines in all files of the spool that are written to their end. */
const spooledLines = (): number =>
  names()
    .filter((name) => !name.endsWith('.tmp'))
    .reduce((sum, name) => sum + (decodeSpoolFile(readFileSync(join(spool(), name)))?.lines ?? 0), 0);

/** Leaves 3,000 lines in some records, of a shipper that was killed in an outage. */
async function leave(): Promise<void> {
  world.kinesis.behave(DOWN);
  const shipper = start('nothing');
  shipper.child.stdin?.write(noise(3000));
  await vi.waitFor(() => expect(spooledLines()).toBe(3000), 15_000);
  await killWithSender(shipper);
  world.kinesis.behave(ACCEPT);
}

/** How many lines arrived, copies left out. */
const arrived = (): number => new Set(arrivedLines(world.kinesis).map(({ text }) => text)).size;

describe('a record in the spool that kills each sender', () => {
  it('is set aside after three crashes with nothing else in flight, and announced; all others are sent', async () => {
    await leave();
    const poisoned = decodeSpoolFile(readFileSync(join(spool(), names().find(isSecond) ?? '')))?.lines ?? 0;

    const shipper = start();
    shipper.child.stdin?.end('b 0\n');

    expect(await shipper.ended).toBe(1);
    expect(names()).toEqual([expect.stringMatching(/-0000000001\.rec\.quarantine$/)]);
    expect(shipper.stderr()).toMatch(
      /the sending process died three times of \S+\.rec\.quarantine in the spool: it is set aside, not sent/,
    );
    expect(arrived()).toBe(3000 + 1 - poisoned);
    expect(shipper.stderr()).toContain(`log-drain: ${poisoned} lines were dropped`);
  }, 120_000);

  it('is counted by its lines if it is our own', async () => {
    const shipper = start();
    shipper.child.stdin?.write('first\n');
    await vi.waitFor(() => expect(world.kinesis.taken).toHaveLength(1), 30_000);
    shipper.child.stdin?.end('second\nthird\n');

    expect(await shipper.ended).toBe(1);
    expect(arrived()).toBe(1);
    expect(names()).toEqual([expect.stringMatching(/-0000000001\.rec\.quarantine$/)]);
    expect(shipper.stderr()).toContain('log-drain: 2 lines were dropped');
  }, 120_000);

  it('keeps its count of crashes when another shipper takes it over', async () => {
    await leave();
    const poisoned = names().find(isSecond) ?? '';
    renameSync(join(spool(), poisoned), join(spool(), poisoned.replace(/\.rec$/, '.deaths-2.rec')));
    for (const name of names()) if (!isSecond(name)) rmSync(join(spool(), name));

    const shipper = start();
    shipper.child.stdin?.end('b 0\n');

    expect(await shipper.ended).toBe(1);
    expect(names()).toEqual([expect.stringMatching(/-0000000001\.rec\.quarantine$/)]);
    expect(shipper.stderr().match(/the sending process ended/g)).toHaveLength(1);
    expect(arrived()).toBe(1);
  }, 120_000);
});
