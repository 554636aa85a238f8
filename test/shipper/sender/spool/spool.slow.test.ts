import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { FLAG_EVENTS } from '../../../../shared/record/format.ts';
import { decodeSpoolFile } from '../../../../shipper/sender/spool/spool-file.ts';
import { isHeld } from '../../../../shipper/sender/spool/spool-lock.ts';
import { ACCEPT, DOWN, HANG } from '../../../helpers/aws/fake-kinesis.ts';
import { useShipper } from '../../../helpers/shipper/fixture.ts';
import {
  arrivedLines,
  killWithSender,
  type RunningShipper,
  senderPid,
} from '../../../helpers/shipper/process.ts';

const world = useShipper();
const spool = (): string => join(world.dir, 'spool');

interface Start {
  readonly args?: readonly string[];
  readonly command?: readonly ['ship'] | readonly ['run', ...string[]];
  readonly worker?: string;
}

/** A shipper with the spool whose stdin stays open. */
function start({ args = [], command = ['ship'], worker = 'W1' }: Start = {}): RunningShipper {
  const [name, ...rest] = command;
  const own = [name, '--spool', spool(), '--drain-timeout', '30s', ...args];
  return world.start({
    args: rest.length === 0 ? own : [...own, '--', ...rest],
    env: { LOG_DRAIN_WORKER_ID: worker },
    stdin: { leftOpen: true },
  });
}

/** Lines that hardly compress, each with its name and number. */
function noise(name: string, count: number, bytes = 1000): string {
  let state = 1;
  const digits = (): string => {
    state = (state * 48_271) % 2_147_483_647;
    return state.toString(36);
  };
  const line = (at: number): string => {
    let text = `${name} ${at} `;
    while (text.length < bytes) text += digits();
    return text;
  };
  return Array.from({ length: count }, (_, at) => `${line(at)}\n`).join('');
}

/** "name number" of all agent lines in the order in which they arrived, copies and all. */
function arrived(): readonly string[] {
  return arrivedLines(world.kinesis)
    .filter(({ flags }) => (flags & FLAG_EVENTS) === 0)
    .map(({ text }) => text.split(' ', 2).join(' '));
}

function numbered(name: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `${name} ${at}`);
}

/** Paths of all records' files in the spool. */
function files(): readonly string[] {
  if (!existsSync(spool())) return [];
  return readdirSync(spool(), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.rec'))
    .map((name) => join(spool(), name))
    .sort();
}

/** Lines of all records in the spool that are whole. */
function spooledLines(): number {
  const whole = files().map((file) => {
    try {
      return decodeSpoolFile(readFileSync(file))?.lines ?? 0;
    } catch {
      // It was removed since it was listed.
      return 0;
    }
  });
  return whole.reduce((sum, lines) => sum + lines, 0);
}

/** Waits until so many bytes are in the spool. */
async function spooled(atLeast: number): Promise<void> {
  await vi.waitFor(() => expect(spoolBytes()).toBeGreaterThanOrEqual(atLeast), 15_000);
}

/** Waits until the senders of all shippers that have ended are gone too. */
async function noLockIsHeld(): Promise<void> {
  await vi.waitFor(async () => {
    for (const folder of readdirSync(spool()))
      expect(await isHeld(join(spool(), folder), 'lock')).toBe(false);
  }, 30_000);
}

/** Leaves `count` lines of a shipper that was killed in an outage. */
async function leave(name: string, count: number): Promise<void> {
  world.kinesis.behave(DOWN);
  const before = spooledLines();
  const shipper = start();
  shipper.child.stdin?.write(noise(name, count));
  await vi.waitFor(() => expect(spooledLines() - before).toBe(count), 30_000);
  await killWithSender(shipper);
}

describe('with a spool', () => {
  it('all lines arrive, and neither records nor open permissions are left', async () => {
    world.kinesis.behave(() => ({ kind: 'accept', delayMs: 50 }));
    const shipper = start();
    const modes = new Set<string>();
    shipper.child.stdin?.write(noise('a', 3000));
    await vi.waitFor(() => {
      const [file = ''] = files();
      modes.add(
        [file, dirname(file), spool()].map((path) => (statSync(path).mode & 0o777).toString(8)).join(),
      );
    }, 30_000);

    shipper.child.stdin?.end();

    expect(await shipper.ended).toBe(0);
    expect(arrived()).toEqual(numbered('a', 3000));
    expect([...modes]).toEqual(['600,700,700']);
    expect(files()).toEqual([]);
    expect(shipper.stderr()).toBe('');
  }, 60_000);

  it('an outage longer than the memory lasts loses and drops nothing', async () => {
    world.kinesis.behave(DOWN);
    const shipper = start({
      command: ['run', 'cat'],
      args: ['--buffer-bytes', '2MiB', '--no-tee', '--summary-file', join(world.dir, 'summary')],
    });
    for (let part = 0; part < 4; part += 1) {
      shipper.child.stdin?.write(noise(`a${part}`, 3000));
      await spooled((part + 1) * 3000 * 600);
    }

    world.kinesis.behave(ACCEPT);
    shipper.child.stdin?.end();

    expect(await shipper.ended).toBe(0);
    const all = Array.from({ length: 4 }, (_, part) => numbered(`a${part}`, 3000)).flat();
    expect([...new Set(arrived())].sort()).toEqual(all.sort());
    const summary = JSON.parse(readFileSync(join(world.dir, 'summary'), 'utf8'));
    expect(summary).toMatchObject({ dropped: 0, unsent: 0, spooled: 0 });
  }, 60_000);

  it('what an earlier shipper left when it was killed is sent first, in order, with its own key', async () => {
    await leave('a', 3000);
    world.kinesis.behave(ACCEPT);

    const shipper = start({ worker: 'W2' });
    shipper.child.stdin?.end(noise('b', 10));

    expect(await shipper.ended).toBe(0);
    expect(arrived().slice(0, 3000)).toEqual(numbered('a', 3000));
    expect(arrived().slice(3000)).toEqual(numbered('b', 10));
    const keys = world.kinesis.calls.flatMap(({ body }) =>
      (body.Records as { PartitionKey: string }[]).map((record) => record.PartitionKey),
    );
    expect(new Set(keys)).toEqual(new Set(['W1', 'W2']));
    expect(shipper.stderr()).toMatch(
      /^log-drain: \d+ records that earlier runs left in the spool are sent first/,
    );
    expect(files()).toEqual([]);
  }, 60_000);

  it('the lines of an outage that outlasts the end are kept for the next start, and are no loss', async () => {
    world.kinesis.behave(DOWN);
    const shipper = start({ args: ['--drain-timeout', '1s', '--summary-file', join(world.dir, 'summary')] });
    shipper.child.stdin?.write(noise('a', 100));
    await spooled(100 * 600);
    await vi.waitFor(() => expect(shipper.stderr()).toContain('Kinesis answers 503'), 30_000);
    shipper.child.stdin?.end();
    const code = await shipper.ended;

    world.kinesis.behave(ACCEPT);
    const next = start();
    next.child.stdin?.end('b 0\n');

    expect(code).toBe(0);
    expect(shipper.stderr()).toMatch(
      /^log-drain: 100 lines stay in the spool for the next start: Kinesis answers 503/m,
    );
    expect(JSON.parse(readFileSync(join(world.dir, 'summary'), 'utf8'))).toMatchObject({
      unsent: 0,
      spooled: 100,
    });
    expect(await next.ended).toBe(0);
    expect(arrived()).toEqual([...numbered('a', 100), 'b 0']);
  }, 60_000);

  it('a sender that outlives its shipper in an outage leaves the rest to the next one', async () => {
    world.kinesis.behave(DOWN);
    const shipper = start();
    shipper.child.stdin?.write(noise('a', 2000));
    await vi.waitFor(() => expect(spooledLines()).toBe(2000), 30_000);
    const pid = await senderPid(shipper);

    shipper.child.kill('SIGKILL');
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), 30_000);
    world.kinesis.behave(ACCEPT);
    const next = start();
    next.child.stdin?.end('b 0\n');

    expect(await next.ended).toBe(0);
    expect(arrived()).toEqual([...numbered('a', 2000), 'b 0']);
  }, 60_000);

  it('damaged and foreign files are never sent and stay', async () => {
    await leave('a', 3000);
    const [first = '', second = ''] = files();
    const damaged = readFileSync(first);
    damaged[damaged.length >> 1] = (damaged[damaged.length >> 1] ?? 0) ^ 1;
    writeFileSync(first, damaged);
    writeFileSync(second, readFileSync(second).subarray(0, 5000));
    const foreign = [
      join(spool(), 'notes.txt'),
      join(spool(), 'other', 'x.rec'),
      join(dirname(first), 'mine.rec'),
    ];
    mkdirSync(join(spool(), 'other'));
    for (const path of foreign) writeFileSync(path, 'foreign');
    world.kinesis.behave(ACCEPT);

    const shipper = start();
    shipper.child.stdin?.end('b 0\n');

    expect(await shipper.ended).toBe(0);
    const lines = arrived();
    expect(lines.at(-1)).toBe('b 0');
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.length).toBeLessThan(3001);
    for (const path of foreign) expect(readFileSync(path, 'utf8')).toBe('foreign');
    const aside = readdirSync(spool(), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.unreadable'),
    );
    expect(aside).toHaveLength(2);
    expect(shipper.stderr()).toMatch(/\.rec in the spool cannot be read: it is set aside, not sent/);
  }, 60_000);

  it('two shippers on one directory share what a third one left, and neither touches the other', async () => {
    await leave('a', 3000);
    world.kinesis.behave(ACCEPT);

    const both = [start({ worker: 'W2' }), start({ worker: 'W3' })];
    both.forEach(({ child }, at) => child.stdin?.end(noise(`b${at}`, 2000)));

    for (const { ended } of both) expect(await ended).toBe(0);
    await noLockIsHeld();
    // Who ends does not wait for what others left.
    const last = start();
    last.child.stdin?.end('c 0\n');
    expect(await last.ended).toBe(0);
    const all = [...numbered('a', 3000), ...numbered('b0', 2000), ...numbered('b1', 2000), 'c 0'];
    expect([...new Set(arrived())].sort()).toEqual(all.sort());
    expect(files()).toEqual([]);
  }, 60_000);

  it('a shipper leaves alone what one that lives has spooled', async () => {
    world.kinesis.behave(DOWN);
    const living = start();
    living.child.stdin?.write(noise('a', 2000));
    await spooled(2000 * 600);
    const before = files();

    const other = start({ worker: 'W2', args: ['--drain-timeout', '1s'] });
    other.child.stdin?.end('b 0\n');
    await other.ended;
    const after = files();
    world.kinesis.behave(ACCEPT);
    living.child.stdin?.end();

    expect(after).toEqual(expect.arrayContaining([...before]));
    expect(await living.ended).toBe(0);
    expect(arrived().filter((line) => line.startsWith('a'))).toEqual(numbered('a', 2000));
  }, 60_000);

  it('that is full the oldest lines that are not being sent are dropped and counted', async () => {
    await leave('a', 2000);
    const lines = 12_000;
    writeFileSync(join(world.dir, 'lines'), noise('b', lines));
    const shipper = start({
      command: ['run', 'sh', '-c', `cat ${join(world.dir, 'lines')}; read end`],
      args: [
        '--spool-bytes',
        '3MiB',
        '--no-events',
        '--no-tee',
        '--summary-file',
        join(world.dir, 'summary'),
      ],
    });
    await vi.waitFor(() => expect(shipper.stderr()).toMatch(/lines were dropped/), 30_000);
    await vi.waitFor(() => expect(spoolBytes()).toBeLessThanOrEqual(3 * 1024 ** 2 + 10_000), 30_000);

    world.kinesis.behave(ACCEPT);
    shipper.child.stdin?.end('\n');

    expect(await shipper.ended).toBe(0);
    const summary = JSON.parse(readFileSync(join(world.dir, 'summary'), 'utf8'));
    const there = new Set(arrived());
    expect(there.has(`b ${lines - 1}`)).toBe(true);
    expect(summary).toMatchObject({ unsent: 0, spooled: 0, dropped: 2000 + lines - there.size });
  }, 60_000);

  it('that is full the reading stops with --when-full block, and nothing is lost', async () => {
    world.kinesis.behave(DOWN);
    const shipper = start({ args: ['--spool-bytes', '2MiB', '--buffer-bytes', '2MiB'] });
    shipper.child.stdin?.end(noise('a', 12_000));
    await vi.waitFor(() => expect(shipper.stderr()).toMatch(/the spool is full \(--spool-bytes\)/), 30_000);

    world.kinesis.behave(ACCEPT);

    expect(await shipper.ended).toBe(0);
    expect([...new Set(arrived())].sort()).toEqual([...numbered('a', 12_000)].sort());
  }, 60_000);

  it('that cannot be made lines are sent from memory, and it is said once', async () => {
    writeFileSync(spool(), 'a file in its place');
    const shipper = start();
    for (const name of ['a', 'b', 'c']) {
      const before = arrived().length;
      shipper.child.stdin?.write(noise(name, 10));
      await vi.waitFor(() => expect(arrived()).toHaveLength(before + 10), 30_000);
    }

    shipper.child.stdin?.end();

    expect(await shipper.ended).toBe(0);
    expect(shipper.stderr()).toBe(
      `log-drain: the spool cannot be used (EEXIST): ${spool()}; lines wait in memory\n`,
    );
  }, 60_000);

  it('that vanishes it is said, lines go on from memory, and the spool is made anew', async () => {
    const shipper = start();
    shipper.child.stdin?.write('a 0\n');
    await vi.waitFor(() => expect(arrived()).toEqual(['a 0']), 30_000);
    rmSync(spool(), { recursive: true });

    shipper.child.stdin?.write('a 1\n');
    await vi.waitFor(() => expect(arrived()).toEqual(numbered('a', 2)), 30_000);
    world.kinesis.behave(DOWN);
    shipper.child.stdin?.write('a 2\n');
    await vi.waitFor(() => expect(files()).toHaveLength(1), 30_000);
    world.kinesis.behave(ACCEPT);
    shipper.child.stdin?.end();

    expect(await shipper.ended).toBe(0);
    expect(arrived()).toEqual(numbered('a', 3));
    expect(shipper.stderr()).toMatch(/^log-drain: the spool cannot be used \(ENOENT\)/m);
    expect(shipper.stderr()).toContain('log-drain: the spool works again\n');
  }, 60_000);

  it('whose records vanish the loss is counted', async () => {
    world.kinesis.behave(DOWN);
    const shipper = start();
    shipper.child.stdin?.write('a 0\na 1\n');
    await vi.waitFor(() => expect(files()).toHaveLength(1), 30_000);
    rmSync(spool(), { recursive: true });

    await vi.waitFor(() => expect(shipper.stderr()).toContain('dropped'), 30_000);
    world.kinesis.behave(ACCEPT);
    shipper.child.stdin?.end('a 2\n');

    expect(await shipper.ended).toBe(1);
    expect(arrived()).toEqual(['a 2']);
    expect(shipper.stderr()).toContain('log-drain: 2 lines were dropped, 2 in all\n');
  }, 60_000);

  it('a crash of the sender loses no line and sends none twice that was not under way', async () => {
    world.kinesis.behave(HANG);
    const shipper = start();
    shipper.child.stdin?.write(noise('a', 5000));
    await spooled(5000 * 600);
    const pid = await senderPid(shipper);

    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(shipper.stderr()).toContain('the sending process ended (SIGKILL)'), 30_000);
    world.kinesis.behave(ACCEPT);
    shipper.child.stdin?.end(noise('b', 10));

    expect(await shipper.ended).toBe(0);
    expect(arrived()).toEqual([...numbered('a', 5000), ...numbered('b', 10)]);
    expect(files()).toEqual([]);
  }, 60_000);
});

function spoolBytes(): number {
  return files().reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
}
