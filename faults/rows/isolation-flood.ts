import { strict as assert } from 'node:assert';
import { setTimeout as wait } from 'node:timers/promises';
import { compressPayloadSync, recordPayload } from '../../shared/record/encode.ts';
import { STDOUT } from '../../shared/record/format.ts';
import { headerWith } from '../../test/helpers/records.ts';
import { linesAside, reasonsParked } from '../checks/parked.ts';
import { putRecord } from '../conditions/put-record.ts';
import { createLatencies } from '../isolation/latencies.ts';
import { agentNames } from '../isolation/light-agents.ts';
import { inTurn, warmUp } from '../isolation/warm-up.ts';
import { type Fault, type Outcome, type Scale, sized } from '../stage/fault.ts';
import { onStage } from '../stage/stage.ts';

const FLOODING = 'CA_flooding';
const BLANK_LINES = 1_000_000;
/** The mapping gathers records for less, so that it is not this that is measured. */
const WINDOW_SECONDS = 0.25;
/** Others may wait for so long. */
const MOST_MS = 2_000;

/** Some 1 KB on the wire, and ten thousand requests to Sentry. */
function blankLines(): Buffer {
  const body = Buffer.alloc(BLANK_LINES, '\n');
  const header = headerWith({
    agent_id: FLOODING,
    worker_id: 'flooding-worker',
    seq: 0,
    runs: [[STDOUT, Date.now(), BLANK_LINES, body.length]],
  });
  return compressPayloadSync(recordPayload(header, [body]));
}

async function flood(scale: Scale): Promise<Outcome> {
  const latencies = createLatencies((agent) => agent !== FLOODING);
  let p99Ms: Outcome['p99Ms'];
  let blank = 0;
  const outcome = await onStage(
    {
      destinations: ['sentry'],
      mapping: { maximumBatchingWindowInSeconds: WINDOW_SECONDS },
      onAccepted: (_, event) => {
        if (event.agent === FLOODING) blank += 1;
        latencies.add(event);
      },
    },
    async (stage) => {
      const writing = await inTurn(() => warmUp(stage, latencies, { agents: agentNames(5), everyMs: 250 }));
      const quietMs = Date.now();
      await wait(sized(scale, 500, 5_000));
      const floodMs = Date.now();
      await putRecord(stage.twin.kinesis, blankLines());
      await wait(sized(scale, 2_000, 10_000));
      const endMs = Date.now();
      await writing.stop();
      await stage.settled();

      // Blank lines are alike: what can be known of them is how many there are.
      assert.equal(blank + linesAside(stage, `parked/sentry/${FLOODING}/`), BLANK_LINES);
      assert.deepEqual(new Set(reasonsParked(stage, `parked/sentry/${FLOODING}/`)), new Set(['over-share']));
      if (scale === 'small') return;
      p99Ms = { quiet: latencies.p99(quietMs, floodMs), broken: latencies.p99(floodMs, endMs) };
      assert.ok(p99Ms.broken <= MOST_MS, `others waited ${p99Ms.broken} ms`);
    },
  );
  const { written, duplicates } = outcome;
  return { ...outcome, written: written + BLANK_LINES, duplicates: duplicates - BLANK_LINES, p99Ms };
}

export const FLOOD_FAULTS: readonly Fault[] = [
  {
    group: 'isolation',
    name: 'a record of a million blank lines',
    note: 'Ten thousand requests to Sentry. What is more than a share is set aside, and sent by redrive.',
    run: flood,
  },
];
