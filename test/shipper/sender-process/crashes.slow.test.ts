import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { STDOUT } from '../../../shared/record/format.ts';
import { ACCEPT, DOWN } from '../../helpers/aws/fake-kinesis.ts';
import { useShipper } from '../../helpers/shipper/fixture.ts';
import { agentLines, childPids, eventNames, senderPid, senderPids } from '../../helpers/shipper/process.ts';

const PRELOAD = fileURLToPath(new URL('./sender-fault.cjs', import.meta.url));

const world = useShipper();

/** An agent that writes 400 numbered lines every 40 ms. */
const agent = (lines: number): string => `
  let line = 0;
  const timer = setInterval(() => {
    let text = '';
    for (let count = 0; count < 400; count += 1, line += 1) text += line + ' ' + 'x'.repeat(100) + '\\n';
    process.stdout.write(text);
    if (line === ${lines}) clearInterval(timer), process.exitCode = 3;
  }, 40);
`;

/** How many of its lines arrived, and how many are not where they belong. */
function arrived(): { readonly lines: number; readonly misplaced: number } {
  const lines = agentLines(world.kinesis, STDOUT);
  return { lines: lines.length, misplaced: lines.filter((line, at) => !line.startsWith(`${at} `)).length };
}

// What follows from several crashes in a row is tested in simulated time, in supervisor.test.ts.
describe('a crash of the sender', () => {
  it.each([
    // Before it is ready, while it sends, and after it has sent.
    ['exception', 3],
    ['rejection', 1],
    ['growing-map', 1],
    ['exit', 1],
  ])(
    'by %s, %d times, loses no line and does not harm the agent',
    async (fault, times) => {
      const shipper = world.start({
        args: ['run', '--no-tee', '--drain-timeout', '100s', '--', process.execPath, '-e', agent(20_000)],
        senderPreload: PRELOAD,
        env: {
          SENDER_FAULT: fault,
          SENDER_FAULT_TIMES: String(times),
          SENDER_FAULT_DIR: world.dir,
        },
      });

      const code = await shipper.ended;

      expect(code).toBe(3);
      expect(await readdir(world.dir)).toHaveLength(times);
      expect(arrived()).toEqual({ lines: 20_000, misplaced: 0 });
      expect(eventNames(world.kinesis)).toEqual(['AGENT_STARTED', 'AGENT_CRASHED']);
      expect(shipper.stderr()).toMatch(
        /^log-drain: the sending process ended \(.+\) and starts again in 1000 ms/,
      );
      expect(shipper.stderr()).not.toMatch(/planted|Error|at .*\.cjs/);
    },
    120_000,
  );

  it('by kill -9 while calls are under way loses no line', async () => {
    world.kinesis.behave(() => ({ kind: 'accept', delayMs: 20 }));
    const shipper = world.start({
      args: ['run', '--no-tee', '--drain-timeout', '40s', '--', process.execPath, '-e', agent(40_000)],
    });
    const killed = new Set<number>();

    const nextSender = (): number => {
      const [pid] = senderPids(shipper).filter((one) => !killed.has(one));
      if (pid === undefined) throw new Error('no new sender yet');
      return pid;
    };

    for (let kills = 0; kills < 3; kills += 1) {
      const pid = await vi.waitFor(nextSender, 30_000);
      const callsBefore = world.kinesis.calls.length;
      await vi.waitFor(() => expect(world.kinesis.calls.length).toBeGreaterThan(callsBefore), 30_000);
      process.kill(pid, 'SIGKILL');
      killed.add(pid);
    }
    const code = await shipper.ended;

    expect(code).toBe(3);
    expect(arrived()).toEqual({ lines: 40_000, misplaced: 0 });
  });

  it('at each start does not keep the reader of a pipeline past its patience', async () => {
    const preload = join(world.dir, 'exit.cjs');
    await writeFile(preload, "if (process.argv[1]?.endsWith('sender.mjs')) process.exit(3);");
    const shipper = world.start({
      args: ['ship', '--drain-timeout', '3s'],
      senderPreload: preload,
      stdin: 'one\ntwo\n',
    });

    expect(await shipper.ended).toBe(1);
    expect(shipper.stderr()).toContain('log-drain: 2 lines were not sent');
  }, 30_000);

  it('follows when the shipper itself is killed', async () => {
    world.kinesis.behave(DOWN);
    const shipper = world.start({
      args: ['run', '--no-tee', '--', 'sh', '-c', 'echo line; exec sleep 60'],
    });
    await vi.waitFor(() => expect(world.kinesis.calls).not.toHaveLength(0), 30_000);
    const pid = await senderPid(shipper);
    const agents = childPids(shipper.child.pid).filter((child) => child !== pid);

    shipper.child.kill('SIGKILL');
    // Nobody else is left to do that.
    for (const child of agents) process.kill(child);
    world.kinesis.behave(ACCEPT);

    // What it holds is sent before it goes.
    await vi.waitFor(() => expect(agentLines(world.kinesis, STDOUT)).toEqual(['line']), 30_000);
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), 30_000);
  });
});
