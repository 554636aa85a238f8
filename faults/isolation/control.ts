import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { textOf } from '../stage/evidence.ts';
import { onStage, type StageOptions } from '../stage/stage.ts';
import { createLatencies, type Latencies } from './latencies.ts';
import { agentNames } from './light-agents.ts';
import { inTurn, warmUp } from './warm-up.ts';

export interface Load {
  readonly agents: number;
  readonly everyMs: number;
}

interface Control {
  users: number;
  readonly latencies: Promise<Latencies>;
  readonly stop: () => void;
  readonly ended: Promise<void>;
}

let control: Control | undefined;

/**
 * Gives the latencies of the same load at the same time with nothing broken, so that a busy machine is not taken for a
 * fault's doing. Rows that are played side by side share it, and so must have the same load and settings.
 */
export async function besideControl<T>(
  load: Load,
  settings: StageOptions,
  work: (control: Latencies) => Promise<T>,
): Promise<T> {
  control ??= startControl(load, settings);
  const own = control;
  own.users += 1;
  try {
    return await work(await own.latencies);
  } finally {
    own.users -= 1;
    if (own.users === 0) {
      control = undefined;
      own.stop();
      await own.ended;
    }
  }
}

function startControl({ agents, everyMs }: Load, settings: StageOptions): Control {
  const latencies = createLatencies(() => true);
  const over = new AbortController();
  const stopped = once(over.signal, 'abort');
  let isWarm: ((latencies: Latencies) => void) | undefined;
  const warm = new Promise<Latencies>((resolve) => {
    isWarm = resolve;
  });
  const ended = onStage({ ...settings, onAccepted: (_, event) => latencies.add(event) }, async (stage) => {
    const writing = await inTurn(() => warmUp(stage, latencies, { agents: agentNames(agents), everyMs }));
    isWarm?.(latencies);
    await stopped;
    await writing.stop();
    await stage.settled();
  }).then((outcome) => assert.equal(outcome.unaccounted, 0, textOf(outcome)));
  // An end before it was warm is an error.
  const early = ended.then(() => warm);
  return { users: 0, latencies: Promise.race([warm, early]), stop: () => over.abort(), ended };
}
