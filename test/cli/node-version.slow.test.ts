import { readFile } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { nodeProblem } from '../../cli/node-version.ts';
import { needsOldNode, OLD_NODE } from '../helpers/old-node.ts';
import { useShipper } from '../helpers/shipper/fixture.ts';
import type { RunningShipper } from '../helpers/shipper/process.ts';

describe('a version of Node', () => {
  it.each(['20.19.0', '20.20.2', '22.3.0', '22.15.1', '23.0.0', '24.1.0', '30.0.0', '24.0.0-nightly'])(
    '%s is good',
    (version) => {
      expect(nodeProblem(version)).toBeUndefined();
    },
  );

  it.each(['12.22.12', '18.20.8', '20.9.0', '20.18.3', '21.7.3', '22.2.0'])('%s is too old', (version) => {
    expect(nodeProblem(version)).toBe(`Node 20.19, or 22.3 or newer, is needed; this is ${version}`);
  });

  it('is good or not as package.json says', async () => {
    const { engines } = JSON.parse(await readFile('package.json', 'utf8')) as { engines: { node: string } };

    expect(engines.node).toBe('^20.19.0 || >=22.3.0');
  });
});

describe('on Node 12', () => {
  needsOldNode();
  const world = useShipper();
  const sh = (script: string): readonly string[] => ['run', '--', 'sh', '-c', script];
  /** Our own Node, with which the command is started, gives way to the old one. */
  const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningShipper =>
    world.start({
      args,
      env,
      through: ['sh', '-c', 'shift; exec "$0" "$@"', OLD_NODE],
      stdin: { leftOpen: true },
    });
  const SAID = 'log-drain: Node 20.19, or 22.3 or newer, is needed; this is 12.';

  it('run says so in one line, and runs the command without us', async () => {
    const shipper = start(sh('echo out; echo "${PYTHONUNBUFFERED-unset}"; echo err >&2; exit 3'));

    expect(await shipper.ended).toBe(3);
    expect(shipper.stdout()).toBe('out\nunset\n');
    const [said, ...rest] = shipper.stderr().split('\n');
    expect(said?.startsWith(SAID)).toBe(true);
    expect(said).toMatch(/\. The command runs without us, and nothing is sent$/);
    expect(rest).toEqual(['err', '']);
    expect(world.kinesis.taken).toEqual([]);
  });

  it('run says nothing where we are switched off', async () => {
    const shipper = start(sh('exit 3'), { LOG_DRAIN_OFF: '1' });

    expect(await shipper.ended).toBe(3);
    expect(shipper.stderr()).toBe('');
  });

  it('run passes signals on, and says how the command ended', async () => {
    const shipper = start(sh(`trap 'kill $!; echo got; kill -KILL $$' TERM; sleep 60 & echo ready; wait`));
    await vi.waitFor(() => expect(shipper.stdout()).toBe('ready\n'), 30_000);

    shipper.child.kill('SIGTERM');

    expect(await shipper.ended).toBe(137);
    expect(shipper.stdout()).toBe('ready\ngot\n');
  });

  it('run says 127 for a command that does not exist', async () => {
    const shipper = start(['run', '--', 'no-such-command']);

    expect(await shipper.ended).toBe(127);
    expect(shipper.stderr()).toMatch(
      /\nlog-drain: cannot start "no-such-command": command not found; [^\n]*\n$/,
    );
  });

  it.each([[['run', '--help']], [['ship']], [['local']], [['--version']], [[]]])(
    '%j says so in one line and ends with a code of its own',
    async (args) => {
      const shipper = start(args);

      expect(await shipper.ended).toBe(3);
      expect(shipper.stdout()).toBe('');
      expect(shipper.stderr().startsWith(SAID)).toBe(true);
      expect(shipper.stderr().split('\n')).toHaveLength(2);
    },
  );
});
