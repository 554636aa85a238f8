import { constants, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { STDOUT } from '../../shared/record/format.ts';
import { useShipper } from '../helpers/shipper/fixture.ts';
import { agentLines, childPids, commandLine } from '../helpers/shipper/process.ts';

const world = useShipper();

/** More than any pipe or socket holds. */
const BIG_BYTES = 3 * 1024 * 1024;
let big: string;
beforeEach(() => {
  big = join(world.dir, 'big');
  writeFileSync(big, `${'x'.repeat(1023)}\n`.repeat(BIG_BYTES / 1024));
});

/** `say WHEN PID FD`: notes the flags of a descriptor. The shell reads them itself, so `self` has what it shares. */
const SAY_FLAGS =
  'say() { while read -r key value; do [ "$key" = flags: ] && echo "$1 $value" >> "$FLAGS"; done ' +
  '< "/proc/$2/fdinfo/$3"; };';

function isNonBlocking(flags: string): boolean {
  return (Number.parseInt(flags, 8) & constants.O_NONBLOCK) !== 0;
}

/** What was said, in the order in which it was. */
async function saidFlags(path: string): Promise<readonly (readonly [string, boolean])[]> {
  const lines = (await readFile(path, 'utf8')).trim().split('\n');
  return lines.map((line) => {
    const [, when = '', flags = ''] = /^(\w+) (\d+)$/.exec(line) ?? [];
    return [when, isNonBlocking(flags)] as const;
  });
}

const BLOCKING = ['before', 'during', 'after'].map((when) => [when, false]);
/** The agent, whose parent is the shipper. */
const AGENT = (fd: 1 | 2) => [
  'sh',
  '-c',
  `${SAY_FLAGS} say during $PPID ${fd}; echo agent >&${fd}; echo > "$GO"`,
];

describe('an output that others share', () => {
  it.each([1, 2] as const)('is blocking at all times if it is a pipe: %d', async (fd) => {
    const flags = join(world.dir, 'flags');
    const count = join(world.dir, 'count');
    const go = join(world.dir, 'go');
    // Before, while and after the shipper runs; whoever reads begins when the pipe is full and the agent runs.
    const siblings = [
      `${SAY_FLAGS} say before self ${fd}`,
      `cat "$BIG" >&${fd} & "$@"`,
      `say after self ${fd}; cat "$BIG" >&${fd}; wait`,
    ].join('; ');
    const pipe = fd === 1 ? '|' : '2>&1 >/dev/null |';
    const script = `mkfifo "$GO"; { ${siblings}; } ${pipe} { read _ < "$GO"; wc -c > "$COUNT"; }`;
    const shipper = world.start({
      through: ['sh', '-c', script, 'sh'],
      args: ['run', '--when-tee-full', 'drop', '--', ...AGENT(fd)],
      env: { FLAGS: flags, COUNT: count, GO: go, BIG: big },
    });

    await shipper.ended;

    expect(await saidFlags(flags)).toEqual(BLOCKING);
    expect(Number(await readFile(count, 'utf8'))).toBe(2 * BIG_BYTES + 'agent\n'.length);
  });

  it.each([1, 2] as const)('is left blocking if it is a socket: %d', async (fd) => {
    const flags = join(world.dir, 'flags');
    const script = `${SAY_FLAGS} say before self ${fd}; "$@"; say after self ${fd}; cat "$BIG" >&${fd}`;
    const shipper = world.start({
      through: ['sh', '-c', script, 'sh'],
      args: ['run', '--', 'sh', '-c', `echo agent >&${fd}`],
      env: { FLAGS: flags, BIG: big },
    });

    await shipper.ended;

    expect(await saidFlags(flags)).toEqual([
      ['before', false],
      ['after', false],
    ]);
    const output = fd === 1 ? shipper.stdout() : shipper.stderr();
    expect(output.length).toBe(BIG_BYTES + 'agent\n'.length);
  });

  it('stays non-blocking if it was so', async () => {
    const flags = join(world.dir, 'flags');
    const unblock =
      'require("tty"); new (require("net").Socket)({ fd: 1, readable: false, writable: true });';
    // A process that is killed does not put back what it set.
    const setFlag = `"$NODE" -e '${unblock} process.kill(process.pid, "SIGKILL")'`;
    const shipper = world.start({
      through: ['sh', '-c', `${SAY_FLAGS} ${setFlag}; "$@"; say after self 1`, 'sh'],
      args: ['run', '--', 'sh', '-c', 'echo agent'],
      env: { FLAGS: flags, NODE: process.execPath },
    });

    await shipper.ended;

    expect(await saidFlags(flags)).toEqual([['after', true]]);
    expect(shipper.stdout()).toBe('agent\n');
  });
});

describe('the stdin of ship that others share', () => {
  it('is blocking at all times if it is a pipe', async () => {
    const flags = join(world.dir, 'flags');
    const script = `${SAY_FLAGS} cat | { say before self 0; "$@"; say after self 0; }`;
    const shipper = world.start({
      through: ['sh', '-c', script, 'sh'],
      args: ['ship'],
      stdin: { leftOpen: true },
      env: { FLAGS: flags },
    });
    shipper.child.stdin?.write('one\n');
    await vi.waitFor(() => expect(agentLines(world.kinesis, STDOUT)).toEqual(['one']), 30_000);
    const pid = shipPid(shipper.child.pid);
    const during = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/0`, 'latin1'))?.[1] ?? '';

    shipper.child.stdin?.end('two\n');
    await shipper.ended;

    expect(isNonBlocking(during)).toBe(false);
    expect(await saidFlags(flags)).toEqual([
      ['before', false],
      ['after', false],
    ]);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['one', 'two']);
  });

  it.each(['at its end', 'at a signal'])('is left blocking if it is a socket: %s', async (how) => {
    const flags = join(world.dir, 'flags');
    const script = `${SAY_FLAGS} say before self 0; exec 3<&0; "$@" <&3 & wait $!; say after self 3`;
    const shipper = world.start({
      through: ['sh', '-c', script, 'sh'],
      args: ['ship', '--linger', '0'],
      stdin: { leftOpen: true },
      env: { FLAGS: flags },
    });
    shipper.child.stdin?.write('one\n');
    await vi.waitFor(() => expect(agentLines(world.kinesis, STDOUT)).toEqual(['one']), 30_000);

    if (how === 'at its end') shipper.child.stdin?.end();
    else process.kill(shipPid(shipper.child.pid), 'SIGINT');
    await shipper.ended;

    expect(await saidFlags(flags)).toEqual([
      ['before', false],
      ['after', false],
    ]);
  });

  it('is read to its end if it is a pipe with a name, whose writer may be gone already', async () => {
    const script = 'mkfifo "$FIFO"; printf "one\\ntwo" > "$FIFO" & exec < "$FIFO"; wait; "$@"';
    const shipper = world.start({
      through: ['sh', '-c', script, 'sh'],
      args: ['ship'],
      env: { FIFO: join(world.dir, 'fifo') },
    });

    expect(await shipper.ended).toBe(0);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['one', 'two']);
  });
});

/** The process of `ship` below a shell and its subshells. */
function shipPid(ancestor: number | undefined): number {
  const below = (pid: number | undefined): readonly number[] =>
    childPids(pid).flatMap((child) => [child, ...below(child)]);
  const found = below(ancestor).find((pid) => /log-drain\.mjs\0ship\0/.test(commandLine(pid)));
  if (found === undefined) throw new Error('ship does not run');
  return found;
}
