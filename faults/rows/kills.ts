import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { senderPids } from '../../test/helpers/shipper/process.ts';
import { createNumbers, type Numbers } from '../checks/numbers.ts';
import { holdsRecords } from '../conditions/spooled.ts';
import type { Agent } from '../stage/agent.ts';
import type { Fault, Scale } from '../stage/fault.ts';
import { onStage, type Stage } from '../stage/stage.ts';
import { isAlive, until } from '../stage/watch.ts';

// kill -9 of the shipper. Agents write 10,000 lines a second and kill it themselves right behind a write, so that what was
// written is known to the line; each at another point of the shipper's second. Before that they wait, however busy the
// machine is, until their first lines are where a kill cannot touch them.

const LINES_PER_SECOND = 10_000;
/** What may be lost with --spool: a batch that is open for a second, and what the disk has not got yet. Generous here. */
const MAX_LOST_MS = 3_000;
/** Parts of a second behind the agent's first lines, which take one. */
const PHASES: Readonly<Record<Scale, readonly number[]>> = {
  small: [0.7],
  full: [0.2, 0.5, 0.7, 0.84, 0.88],
};

interface Kill {
  readonly name: string;
  readonly note: string;
  readonly sender: boolean;
  readonly spool: boolean;
}

function kill({ name, note, sender, spool }: Kill): Fault {
  return {
    group: 'shipper',
    name,
    note,
    run: (scale) => {
      const numbers = createNumbers();
      return onStage({ onAccepted: numbers.onAccepted }, async (stage) => {
        const lost: number[] = [];
        for (const [at, phase] of PHASES[scale].entries()) {
          const worker = `W${at}`;
          const dir = join(stage.dir, `spool-${at}`);
          const flags = spool ? ['--spool', dir] : [];
          // With a spool, what it holds is to be seen: so nothing is sent before the kill.
          if (spool) stage.twin.kinesis.faults.set([{ kind: 'status', status: 503, times: 0 }]);
          const safe = (): boolean => (spool ? holdsRecords(dir) : numbers.missing(worker, 1).length === 0);
          const count = await untilKilled(stage, worker, { phase, sender, flags, safe });
          stage.twin.kinesis.faults.set([]);
          if (spool) await nextStart(stage, at, flags);
          await stage.settled();
          lost.push(lostOf(numbers, worker, count));
        }
        stage.killed(lost.reduce((sum, lines) => sum + lines, 0));
        const most = Math.max(...lost);
        stage.remark(
          `Lost with each of ${lost.length} kills: at most ${most} lines, the last ${(most * 1000) / LINES_PER_SECOND} ms.`,
        );
      });
    },
  };
}

interface Writing {
  readonly phase: number;
  readonly sender: boolean;
  readonly flags: readonly string[];
  /** First lines are out of reach of the kill. */
  readonly safe: () => boolean;
}

/** Resolves with the number of lines that were written by then. */
async function untilKilled(
  stage: Stage,
  workerId: string,
  { phase, sender, flags, safe }: Writing,
): Promise<number> {
  const go = join(stage.dir, `go-${workerId}`);
  const first = LINES_PER_SECOND;
  const rest = phase * LINES_PER_SECOND;
  const agent = stage.agent({
    workerId,
    flags,
    does: [
      { kind: 'lines', count: first, rate: LINES_PER_SECOND, perWrite: 10 },
      { kind: 'wait-for', file: go },
      { kind: 'lines', count: rest, rate: LINES_PER_SECOND, perWrite: 10 },
      { kind: 'kill-shipper', sender },
    ],
  });
  const pid = await senderOf(agent);
  await until(safe);
  writeFileSync(go, '');
  assert.equal(await agent.ended, 'SIGKILL');
  // A sender that lives on sends what it has.
  await until(() => !isAlive(pid));
  return first + rest;
}

async function senderOf({ shipper }: Agent): Promise<number> {
  let pid: number | undefined;
  await until(() => {
    [pid] = senderPids({ child: shipper });
    return pid !== undefined;
  });
  // A signal to -1 would go to every process of the machine.
  if (pid === undefined) throw new Error('the shipper has no sender');
  return pid;
}

async function nextStart(stage: Stage, at: number, flags: readonly string[]): Promise<void> {
  const said = stage.output().length;
  const next = stage.agent({ workerId: `W${at}-next`, flags, does: [{ kind: 'lines', count: 10 }] });
  // All that it has said is read.
  const closed = once(next.shipper, 'close');
  assert.equal(await next.ended, 0);
  await closed;
  assert.match(stage.output().slice(said), /records that earlier runs left in the spool are sent first/);
}

/** How many lines are missing; throws if it is not the very last ones, or too many. */
function lostOf(numbers: Numbers, worker: string, count: number): number {
  const missing = numbers.missing(worker, count);
  assert.equal((missing[0] ?? count) + missing.length, count, 'lines are missing from the middle');
  assert(missing.length <= (MAX_LOST_MS * LINES_PER_SECOND) / 1000, `${missing.length} lines were lost`);
  return missing.length;
}

export const KILLS: readonly Fault[] = [
  kill({
    name: 'kill -9 of its main process',
    note: 'What the sender has in hand it sends before it goes. The open batch, a second or 1 MiB, is lost, and what is being compressed.',
    sender: false,
    spool: false,
  }),
  kill({
    name: 'kill -9 of both its processes, without a spool',
    note: 'Also lost is what Kinesis has not taken: a few records in good times, the whole buffer in an outage.',
    sender: true,
    spool: false,
  }),
  kill({
    name: 'kill -9 of both its processes in an outage, with a spool',
    note: 'The next start with the same directory sends first what is there. Lost are the open batch, and what was being compressed or written.',
    sender: true,
    spool: true,
  }),
];
