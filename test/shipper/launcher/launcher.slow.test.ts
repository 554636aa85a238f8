import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { STDOUT } from '../../../shared/record/format.ts';
import { needsPrograms } from '../../helpers/programs.ts';
import { useShipper } from '../../helpers/shipper/fixture.ts';
import { agentLines, events, senderPid } from '../../helpers/shipper/process.ts';

const world = useShipper();
const LOADED = { NODE_OPTIONS: '--no-such-option', UV_THREADPOOL_SIZE: '1', PYTHONPATH: '/agent' };

/** Each variable on a line. */
const environment = (text: string): readonly string[] => text.split(/[\0\n]/).filter((line) => line !== '');

describe('the launcher', () => {
  needsPrograms('dash', 'busybox');

  it('keeps what is meant for the agent from our processes, and gives it to the agent', async () => {
    const shipper = world.start({
      args: ['run', '--', 'sh', '-c', 'env; read line'],
      env: {
        ...LOADED,
        LOG_DRAIN_AWS_ENDPOINT_URL_KINESIS: world.kinesis.endpoint,
        LOG_DRAIN_AWS_REGION: 'eu-west-1',
        LOG_DRAIN_AWS_ACCESS_KEY_ID: 'AKIATEST',
        LOG_DRAIN_AWS_SECRET_ACCESS_KEY: 'secret-for-tests',
      },
      launcher: true,
      stdin: { leftOpen: true },
    });
    const sender = await senderPid(shipper);
    const [ours, senders] = [shipper.child.pid, sender].map((pid) =>
      environment(readFileSync(`/proc/${pid}/environ`, 'latin1')).map((line) => line.split('=')[0]),
    );
    shipper.child.stdin?.end('\n');

    expect(await shipper.ended).toBe(0);
    for (const names of [ours, senders]) {
      expect(names).toContain('PATH');
      expect(names?.filter((name) => name === 'NODE_OPTIONS' || name === 'UV_THREADPOOL_SIZE')).toEqual([]);
    }
    const agents = environment(shipper.stdout());
    expect(agents).toEqual(expect.arrayContaining(Object.entries(LOADED).map((pair) => pair.join('='))));
    expect(agents.filter((line) => /LOG_DRAIN_(START|AWS)_/.test(line))).toEqual([]);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(agents);
  });

  it('gives the agent its soft limit of open files, its descriptors, and signals that are ignored', async () => {
    const script = `trap '' HUP; ulimit -S -n 321; exec 4<"$0" 6</dev/null; exec "$@"`;
    const agent =
      'ulimit -S -n; cat <&4; for fd in 3 4 5 6 7; do [ -e /dev/fd/$fd ] && echo $fd; done; trap; kill -HUP $$; echo alive';
    const shipper = world.start({
      args: ['run', '--', 'sh', '-c', agent],
      through: ['sh', '-c', script, join(import.meta.dirname, '../../fixtures/shipper/one-line.txt')],
      launcher: true,
    });

    expect(await shipper.ended).toBe(0);
    expect(shipper.stdout().split('\n')).toEqual(['321', 'inherited', '4', '6', 'alive', '']);
  });

  it('gives the agent variables that no shell could name', async () => {
    const shipper = world.start({
      args: [
        'run',
        '--',
        process.execPath,
        '-p',
        'process.env["a.b"] + process.env["x-y"] + process.env.UV_THREADPOOL_SIZE',
      ],
      env: { 'a.b': 'one ', 'x-y': 'two ', UV_THREADPOOL_SIZE: '3' },
      through: ['sh', '-c', 'ulimit -S -n 321; exec env a.b="one " x-y="two " "$@"', 'sh'],
      launcher: true,
    });

    expect(await shipper.ended).toBe(0);
    expect(shipper.stdout()).toBe('one two 3\n');
  });

  it('changes no variable of the agent', async () => {
    const names = 'name value node program first second third soft rest fd fds is_set odd_name IFS PPID 1A';
    const env = Object.fromEntries(names.split(' ').map((name) => [name, `mine: ${name}`]));
    const print =
      "for (const [k, v] of Object.entries(process.env)) if (v.startsWith('mine: ')) console.log(k + '=' + v)";
    const shipper = world.start({
      args: ['run', '--', process.execPath, '-e', print],
      env,
      launcher: true,
    });

    expect(await shipper.ended).toBe(0);
    expect(shipper.stdout().trim().split('\n').sort()).toEqual(
      Object.entries(env)
        .map((pair) => pair.join('='))
        .sort(),
    );
  });

  it.each(['dash', 'busybox ash', 'bash'])('does so in %s', async (shell) => {
    const launcher = world.entry.replace(/\.mjs$/, '');
    const shipper = world.start({
      args: [],
      env: { 'a.b': 'one', NODE_OPTIONS: '', LOG_DRAIN_OFF: '0' },
      through: [
        'sh',
        '-c',
        `env a.b=one ${shell} ${launcher} run -- ${process.execPath} -p 'process.env["a.b"]'`,
      ],
      launcher: true,
    });

    expect(await shipper.ended).toBe(0);
    expect(shipper.stdout()).toBe('one\n');
  });

  it('is found through a link', async () => {
    const link = join(world.dir, 'drain');
    symlinkSync(world.entry.replace(/\.mjs$/, ''), link);
    const shipper = world.start({
      args: [],
      through: ['sh', '-c', 'exec "$0" run -- echo there', link],
      launcher: true,
    });

    expect(await shipper.ended).toBe(0);
    expect(shipper.stdout()).toBe('there\n');
  });

  it('tells a missing command as it is told without it', async () => {
    const shipper = world.start({
      args: ['run', '--', 'no-such-agent'],
      through: ['sh', '-c', 'ulimit -S -n 321; exec "$@"', 'sh'],
      launcher: true,
    });

    expect(await shipper.ended).toBe(127);
    expect(shipper.stderr()).toContain(
      'cannot start "no-such-agent": command not found; it is in no folder of PATH',
    );
    expect(events(world.kinesis).map(({ event, code }) => [event, code])).toEqual([['AGENT_CRASHED', 127]]);
  });

  it.each(['1', 'true', 'yes', 'on'])('with LOG_DRAIN_OFF=%s becomes the command', async (off) => {
    const shipper = world.start({
      args: ['run', '--agent-id', '!', '--', 'sh', '-c', 'echo $$; exit 7'],
      env: { LOG_DRAIN_OFF: off, NODE_OPTIONS: '--no-such-option' },
      launcher: true,
    });

    expect(await shipper.ended).toBe(7);
    expect(shipper.stdout()).toBe(`${shipper.child.pid}\n`);
    expect(shipper.stderr()).toBe('');
    expect(world.kinesis.taken).toEqual([]);
  });

  it.each(['/no/such/node', '/etc/passwd', '/etc'])(
    'runs the command alone where there is no Node: %s',
    async (node) => {
      const shipper = world.start({
        args: ['run', '--', 'sh', '-c', 'echo runs; exit 3'],
        env: { LOG_DRAIN_NODE: node },
        launcher: true,
      });

      expect(await shipper.ended).toBe(3);
      expect(shipper.stdout()).toBe('runs\n');
      expect(shipper.stderr()).toMatch(
        /^log-drain: [^ ]+ is no program that can be started, so the command runs alone [^\n]+\n$/,
      );
    },
  );

  it('says that there is no Node to any other command', async () => {
    const shipper = world.start({
      args: ['doctor'],
      env: { LOG_DRAIN_NODE: '/no/such/node' },
      launcher: true,
    });

    expect(await shipper.ended).toBe(127);
    expect(shipper.stderr()).toMatch(/^log-drain: [^\n]+ install Node, or set LOG_DRAIN_NODE to its path\n$/);
  });
});

describe('without the launcher', () => {
  it('an inspector’s port and the number of threads are the agent’s', async () => {
    const agent =
      'console.log(process.env.UV_THREADPOOL_SIZE, require("node:inspector").url() !== undefined)';
    const shipper = world.start({
      args: ['run', '--', process.execPath, '-e', agent],
      env: { NODE_OPTIONS: '--inspect=127.0.0.1:0', UV_THREADPOOL_SIZE: '2' },
    });

    expect(await shipper.ended).toBe(0);
    expect(shipper.stdout()).toBe('2 true\n');
  });

  it('the sender has nothing of what is meant for the agent', async () => {
    const shipper = world.start({
      args: ['run', '--', 'sh', '-c', 'echo one; read line'],
      env: { NODE_OPTIONS: '--throw-deprecation', UV_THREADPOOL_SIZE: '2' },
      stdin: { leftOpen: true },
    });
    const sender = await senderPid(shipper);

    const variables = await vi.waitFor(() => {
      const all = environment(readFileSync(`/proc/${sender}/environ`, 'latin1'));
      expect(all.some((line) => line.startsWith('PATH='))).toBe(true);
      return all;
    });
    shipper.child.stdin?.end('\n');
    await shipper.ended;

    expect(variables.filter((line) => /^(NODE_OPTIONS|UV_THREADPOOL_SIZE)=/.test(line))).toEqual([]);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['one']);
  });
});
