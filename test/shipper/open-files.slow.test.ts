import { describe, expect, it } from 'vitest';
import { STDOUT } from '../../shared/record/format.ts';
import { useShipper } from '../helpers/shipper/fixture.ts';
import { agentLines } from '../helpers/shipper/process.ts';

const world = useShipper();

const LINES = 20_000;
const COPY = Array.from({ length: LINES }, (_, at) => `${at + 1}\n`).join('');

describe('a limit of open files', () => {
  /** From one with which no Node starts to one with which all goes well. */
  const limits = Array.from({ length: 25 }, (_, at) => 16 + at);

  it.each(limits)(
    'of %d: the agent runs and its output is there, or one line says what is missing',
    async (limit) => {
      const shipper = world.start({
        through: ['sh', '-c', 'ulimit -n "$0"; exec "$@"', `${limit}`],
        args: ['run', '--drain-timeout', '20s', '--', 'sh', '-c', `seq ${LINES}; exit 3`],
      });

      const code = await shipper.ended;

      const said = shipper.stderr();
      // Node itself ends before our first line.
      if (code !== 3 && !said.startsWith('log-drain: ')) return;
      expect(said).not.toMatch(/internal error|not executable|undefined/);
      if (code !== 3) {
        expect(code).toBe(126);
        expect(said).toContain('log-drain: cannot start "sh": too few file descriptors; raise the limit');
        return;
      }
      expect(shipper.stdout()).toBe(COPY);
      const areSent = agentLines(world.kinesis, STDOUT).length === LINES;
      expect(areSent || said.includes('too few file descriptors')).toBe(true);
    },
  );
});
