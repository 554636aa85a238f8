import { chmod, cp, readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Summary } from '../../shipper/summary.ts';
import { useShipper } from '../helpers/shipper/fixture.ts';
import type { ShipperRun } from '../helpers/shipper/process.ts';

const world = useShipper();

/** More than a pipe of ours holds. */
const LINES = 300_000;
const AGENT = ['sh', '-c', `seq ${LINES}; echo err >&2; exit 3`];
const COPY = Array.from({ length: LINES }, (_, at) => `${at + 1}\n`).join('');

const NOTHING_SENT = 'log-drain: from now on nothing is sent, and output is only read and copied: ';
const MISSING = 'a file of log-drain is missing: install it again';
const DAMAGED = 'a file of log-drain is damaged: install it again';
const UNREADABLE = 'a file of log-drain cannot be read: give this user the right to read all of them';

/** A copy of the program, to be damaged. */
let dist: string;
beforeEach(async () => {
  dist = join(world.dir, 'dist');
  await cp(join(world.entry, '..'), dist, { recursive: true });
});

/** Starts the copy in place of the program. */
function start(run: Pick<ShipperRun, 'args' | 'through' | 'stdin'>) {
  const through = ['sh', '-c', 'shift 2; exec "$NODE" "$ENTRY" "$@"', 'sh'];
  return world.start({
    ...run,
    through: [...(run.through ?? []), ...through],
    env: { NODE: process.execPath, ENTRY: join(dist, 'log-drain.mjs') },
  });
}

describe('an installation that is not whole', () => {
  it.each([
    ['a missing file', () => rm(join(dist, 'open-pipeline.mjs')), MISSING],
    ['a file that is cut off', () => truncate(join(dist, 'open-pipeline.mjs'), 9_000), DAMAGED],
  ])('with run: %s', async (_, damage, why) => {
    await damage();
    const summaryFile = join(world.dir, 'summary.json');
    const shipper = start({ args: ['run', '--summary-file', summaryFile, '--', ...AGENT] });

    expect(await shipper.ended).toBe(3);
    expect(shipper.stdout()).toBe(COPY);
    const lines = shipper.stderr().trim().split('\n');
    expect(lines.toSorted()).toEqual([
      'err',
      `log-drain: ${LINES + 1} lines were not sent: ${why}`,
      `${NOTHING_SENT}${why}`,
    ]);
    expect(JSON.parse(await readFile(summaryFile, 'utf8'))).toMatchObject({
      boot: '',
      lines: { stdout: LINES, stderr: 1, events: 0 },
      unsent: LINES + 1,
      exit_code: 3,
    } satisfies Partial<Summary>);
  });

  it.runIf(process.getuid?.() === 0)('with run: a file that may not be read', async () => {
    await chmod(join(dist, 'open-pipeline.mjs'), 0o000);
    for (const folder of [world.dir, dist]) await chmod(folder, 0o755);
    const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const shipper = start({ args: ['run', '--', ...AGENT], through: asNobody });

    expect(await shipper.ended).toBe(3);
    expect(shipper.stdout()).toBe(COPY);
    expect(shipper.stderr()).toContain(`${NOTHING_SENT}${UNREADABLE}\n`);
  });

  it('with run: death by a signal is mirrored as ever', async () => {
    await rm(join(dist, 'open-pipeline.mjs'));
    const shipper = start({ args: ['run', '--', 'sh', '-c', 'echo out; kill -9 $$'] });

    expect(await shipper.ended).toBe(137);
    expect(shipper.stdout()).toBe('out\n');
  });

  it('with ship: reads to the end, so that its producer can end too, and says 1', async () => {
    await rm(join(dist, 'open-pipeline.mjs'));
    const shipper = start({ args: ['ship'], stdin: COPY });

    expect(await shipper.ended).toBe(1);
    expect(shipper.stderr()).toBe(
      `${NOTHING_SENT}${MISSING}\nlog-drain: ${LINES} lines were not sent: ${MISSING}\n`,
    );
  });

  it('with ship: says 1 also if there was nothing to read', async () => {
    await rm(join(dist, 'open-pipeline.mjs'));
    const shipper = start({ args: ['ship'] });

    expect(await shipper.ended).toBe(1);
    expect(shipper.stderr()).toBe(`${NOTHING_SENT}${MISSING}\n`);
  });

  it.each([
    ['missing', () => rm(join(dist, 'sender.mjs')), MISSING],
    ['cut off', () => truncate(join(dist, 'sender.mjs'), 30_000), DAMAGED],
    ['without what it loads', () => rm(join(dist, 'chunks', 'sender'), { recursive: true }), MISSING],
  ])('the program of the sending process is %s', async (_, damage, why) => {
    await damage();
    const shipper = start({ args: ['run', '--drain-timeout', '3s', '--', 'sh', '-c', 'echo out; exit 3'] });

    expect(await shipper.ended).toBe(3);
    expect(shipper.stdout()).toBe('out\n');
    expect(shipper.stderr()).toMatch(/^log-drain: the sending process ended \(code 1, /m);
    expect(shipper.stderr()).toContain(
      `log-drain: 3 lines were not sent: the sending process does not run (code 1, ${why})\n`,
    );
  });
});
