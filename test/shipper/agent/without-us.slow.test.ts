import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { useShipper } from '../../helpers/shipper/fixture.ts';
import type { RunningShipper, ShipperRun } from '../../helpers/shipper/process.ts';

const world = useShipper();
const sh = (script: string): readonly string[] => ['sh', '-c', script];
/** Node takes the command in its own place, or else is its parent, who says 128 + n. */
const isReplaced = 'execve' in process;

function run(command: readonly string[], more: Partial<ShipperRun> = {}): RunningShipper {
  const env = { LOG_DRAIN_OFF: '1', ...more.env };
  return world.start({ ...more, env, args: ['run', ...(more.args ?? []), '--', ...command] });
}

/** A file of the running test; returns its path. */
async function file(name: string, text: string, mode: number): Promise<string> {
  const path = join(world.dir, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

describe('a command without us', () => {
  it('has its output and its exit code to itself, and nothing is sent', async () => {
    const shipper = run(sh('echo "out $1"; echo err >&2; printf "\\377\\r"; exit 3').concat('sh', 'a b'));

    expect(await shipper.ended).toBe(3);
    expect(shipper.stdout()).toBe('out a b\n\xff\r');
    expect(shipper.stderr()).toBe('err\n');
    expect(world.kinesis.taken).toEqual([]);
  });

  it('has its environment, its descriptors and its signals as they were', async () => {
    const look =
      'env | grep -v -e ^_= -e ^PWD= -e ^SHLVL= | sort; readlink /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2; ' +
      'grep SigIgn /proc/self/status';
    const env = { LOG_DRAIN_AWS_REGION: ' eu-west-1 ', NODE_OPTIONS: '--no-deprecation' };
    const shipper = run(sh(look), { env, through: ['sh', '-c', `${look}; echo =====; exec "$@"`, 'sh'] });

    expect(await shipper.ended).toBe(0);
    const [before, after] = shipper.stdout().split('=====\n');
    expect(before).toContain('LOG_DRAIN_AWS_REGION= eu-west-1 \n');
    expect(after).toBe(before);
    expect(shipper.stderr()).toBe('');
  });

  it.runIf(isReplaced)('is the process that we were', async () => {
    const shipper = run(sh('echo $$'));

    expect(await shipper.ended).toBe(0);
    expect(shipper.stdout()).toBe(`${shipper.child.pid}\n`);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const)(
    'gets %s',
    async (signal) => {
      const name = signal.slice(3);
      const agent = `trap 'kill $!; echo got ${name}; exit 5' ${name}; sleep 60 & echo ready; wait`;
      const shipper = run(sh(agent), { stdin: { leftOpen: true } });
      await vi.waitFor(() => expect(shipper.stdout()).toBe('ready\n'), 30_000);

      shipper.child.kill(signal);

      expect(await shipper.ended).toBe(5);
      expect(shipper.stdout()).toBe(`ready\ngot ${name}\n`);
    },
  );

  it('gets a signal that came before it was started', async () => {
    const preload = join(world.dir, 'early.cjs');
    await writeFile(
      preload,
      `if (process.argv[1]?.endsWith('log-drain.mjs')) {
        const { on } = process;
        process.on = (name, ...rest) => {
          on.call(process, name, ...rest);
          if (name === 'SIGTERM') process.kill(process.pid, 'SIGTERM');
          return process;
        };
      }`,
    );
    const shipper = run(['sleep', '60'], { env: { NODE_OPTIONS: `--require=${preload}` } });

    expect(await shipper.ended).toBe(143);
  });

  it('dies by its signal', async () => {
    const shipper = run(sh('kill -KILL $$'));

    expect(await shipper.ended).toBe(isReplaced ? 'SIGKILL' : 137);
  });

  it('is told of as ever where it cannot be started', async () => {
    const plain = await file('plain', 'text', 0o644);
    const lost = await file('lost', '#!/no/such/interpreter\n', 0o755);

    const runs = [['no-such-command'], [plain], [lost], [world.dir]].map((command) => run(command));

    expect(await Promise.all(runs.map(({ ended }) => ended))).toEqual([127, 126, 127, 126]);
    expect(runs.map(({ stderr }) => stderr())).toEqual([
      'log-drain: cannot start "no-such-command": command not found; it is in no folder of PATH: install it, or give its path\n',
      expect.stringMatching(/^log-drain: cannot start ".*": not executable; make it so with chmod [^\n]*\n$/),
      `log-drain: cannot start "${lost}": command not found; its first line asks for /no/such/interpreter, which is missing\n`,
      `log-drain: cannot start "${world.dir}": not executable; ${world.dir} is a folder\n`,
    ]);
  });

  it('may be a script without a first line, or have a name with "=" in it', async () => {
    const script = await file('a=b', 'echo "hello $1"\n', 0o755);
    const headed = await file('c=d', '#!/bin/sh\necho "hello $1"\n', 0o755);

    const runs = [script, headed].map((path) => run([path, 'you']));

    expect(await Promise.all(runs.map(({ ended }) => ended))).toEqual([0, 0]);
    expect(runs.map(({ stdout }) => stdout())).toEqual(['hello you\n', 'hello you\n']);
  });

  it.each([
    ['true', { LOG_DRAIN_OFF: 'true', LOG_DRAIN_AGENT_ID: 'a b' }],
    [
      'no stream and LOG_DRAIN_OPTIONAL=1',
      { LOG_DRAIN_OFF: '', LOG_DRAIN_OPTIONAL: '1', LOG_DRAIN_STREAM: '' },
    ],
  ])('is run with %s', async (_, env) => {
    const shipper = run(sh('echo out; exit 4'), { env });

    expect(await shipper.ended).toBe(4);
    expect([shipper.stdout(), shipper.stderr()]).toEqual(['out\n', '']);
    expect(world.kinesis.taken).toEqual([]);
  });

  it.each([
    ['LOG_DRAIN_STREAM', 'is neither the name nor the ARN of a Kinesis stream'],
    ['LOG_DRAIN_AGENT_ID', 'is no agent id: up to 128 letters'],
  ])('is run where %s cannot be read, with one line on that', async (name, words) => {
    const shipper = run(sh('echo out; exit 4'), { env: { LOG_DRAIN_OFF: '', [name]: 'a b-s3cret' } });

    expect(await shipper.ended).toBe(4);
    expect(shipper.stdout()).toBe('out\n');
    expect(shipper.stderr()).toMatch(new RegExp(`^log-drain: ${name} ${words}[^\n]*, nothing is sent\n$`));
    expect(shipper.stderr()).not.toContain('s3cret');
  });

  it('is not run where the command line is wrong', async () => {
    const shipper = run(sh('echo out'), { env: { LOG_DRAIN_OFF: '' }, args: ['--stream', 'a b'] });

    expect(await shipper.ended).toBe(2);
    expect(shipper.stdout()).toBe('');
    expect(shipper.stderr()).toMatch(/^log-drain: "a b" is neither [^\n]*\n$/);
  });
});

describe('ship without us', () => {
  it('takes all that it is given, so that the producer is not killed, and sends nothing', async () => {
    const lines = 'a line\n'.repeat(100_000);
    const shipper = world.start({ args: ['ship'], env: { LOG_DRAIN_OFF: '1' }, stdin: lines });

    expect(await shipper.ended).toBe(0);
    expect([shipper.stdout(), shipper.stderr()]).toEqual(['', '']);
    expect(world.kinesis.taken).toEqual([]);
  });

  it('says what cannot be read, since it has no agent to keep alive', async () => {
    const shipper = world.start({ args: ['ship'], env: { LOG_DRAIN_STREAM: 'a b' }, stdin: 'x\n' });

    expect(await shipper.ended).toBe(2);
    expect(shipper.stderr()).toMatch(/^log-drain: LOG_DRAIN_STREAM is neither [^\n]*\n$/);
  });
});
