import { describe, expect, it, vi } from 'vitest';
import { STDOUT } from '../../shared/record/format.ts';
import { HANG } from '../helpers/aws/fake-kinesis.ts';
import { useShipper } from '../helpers/shipper/fixture.ts';
import { agentLines, eventNames } from '../helpers/shipper/process.ts';

const world = useShipper();

const ship = (args: readonly string[], stdin: string | Buffer) =>
  world.start({ args: ['ship', ...args], stdin });

describe('log-drain ship', () => {
  it('ships stdin to its end and says nothing', async () => {
    const shipper = ship(['--stream', 'other', '--agent-id', 'CA_a', '--worker-id', 'W2'], 'one\n\nthree');

    const code = await shipper.ended;

    expect(code).toBe(0);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['one', '', 'three']);
    expect(eventNames(world.kinesis)).toEqual([]);
    expect(world.kinesis.calls[0]?.body).toMatchObject({
      StreamName: 'other',
      Records: [{ PartitionKey: 'W2' }],
    });
    expect([shipper.stdout(), shipper.stderr()]).toEqual(['', '']);
  });

  it('has nothing to send if there is nothing to read', async () => {
    const code = await ship([], '').ended;

    expect(code).toBe(0);
    expect(world.kinesis.calls).toHaveLength(0);
  });

  it('ends with 1 and the number of lines that were lost', async () => {
    world.kinesis.behave(HANG);

    const shipper = ship(['--drain-timeout', '500ms'], 'one\ntwo\n');
    const code = await shipper.ended;

    expect(code).toBe(1);
    expect(shipper.stderr()).toMatch(/^log-drain: 2 lines were not sent/m);
  });

  it('ends its reading at SIGINT and sends what it read', async () => {
    const args = ['ship', '--linger', '100ms'];
    const shipper = world.start({ args, stdin: { leftOpen: true } });
    shipper.child.stdin?.write('one\ntwo\nthr');
    await vi.waitFor(() => expect(world.kinesis.taken).toHaveLength(1), 30_000);

    shipper.child.kill('SIGINT');
    const code = await shipper.ended;

    expect(code).toBe(0);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['one', 'two', 'thr']);
  });

  it.each([
    [['--agent-id', 'default'], '--agent-id is no agent id'],
    [['--stream', 'a b'], '"a b" is neither the name nor the ARN of a Kinesis stream'],
    [['--nonsense'], 'unknown option --nonsense'],
  ])('ends with 2 and one line for %j', async (args, problem) => {
    const shipper = ship(args, 'one\n');

    const code = await shipper.ended;

    expect(code).toBe(2);
    expect(shipper.stderr()).toMatch(/^log-drain: [^\n]+\. Try 'log-drain ship --help'\.\n$/);
    expect(shipper.stderr()).toContain(problem);
    expect(world.kinesis.calls).toHaveLength(0);
  });
});
