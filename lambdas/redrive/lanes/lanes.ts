import { MANIFESTS } from '../../registry.ts';
import type { Folder } from '../agents/folders.ts';
import type { Work } from '../sending/send.ts';
import type { Batches } from './batches.ts';
import { tryAgents } from './probes.ts';
import { takeTurn } from './turns.ts';
import type { Lane } from './work-off.ts';

/** Agents in an event. Of those that hang, a function gets through so many times the requests that it may have in flight. */
const MAX_AGENTS = 32;
const HANGING_PER_REQUEST = 3;
/** While a run lasts: looks for agents that are new, and keeps what is known. */
const LOOK_EVERY_MS = 60_000;
const SAVE_EVERY_MS = 60_000;
/** Errors of the bucket in a row, after which it is taken to be down. */
const MAX_TROUBLES = 5;
/** An agent whose work broke off over such an error is tried again after so long. */
const TROUBLE_MS = 30_000;

export interface LaneOptions {
  readonly batches: Batches | undefined;
  readonly save: () => Promise<void>;
  readonly findAgents: () => Promise<void>;
}

export interface RunLanes {
  readonly all: readonly Lane[];
  /** All that there is was looked for. */
  readonly isThrough: () => boolean;
  /** The name of the first error that the bucket answered with. */
  readonly trouble: () => string | undefined;
}

type Guard = (piece: () => Promise<void>, folders?: readonly Folder[]) => Promise<void>;

/** The bucket's errors put off what they met; so many in a row end the run. */
function createGuard({ run, agents }: Work): {
  readonly guarded: Guard;
  readonly trouble: () => string | undefined;
} {
  let troubles = 0;
  let first: string | undefined;
  const guarded: Guard = async (piece, folders = []) => {
    try {
      await piece();
      troubles = 0;
    } catch (error) {
      const reason = error instanceof Error ? error.name : 'unknown';
      run.log('error', 'bucket_failed', { destination: run.destination, reason });
      first ??= reason;
      troubles += 1;
      if (troubles >= MAX_TROUBLES) run.end(reason);
      for (const folder of folders) folder.nextMs = run.clock.now() + TROUBLE_MS;
      agents.recover(folders);
    }
  };
  return { guarded, trouble: () => first };
}

/** The lanes of a run: agents to be tried, turns of those that get through, batches of Lambda's, and what goes with them. */
export function lanesOf(work: Work, { batches, save, findAgents }: LaneOptions): RunLanes {
  const { run, agents, courier } = work;
  const { clock } = run;
  const { guarded, trouble } = createGuard(work);
  const { maxInFlight = MAX_AGENTS } = MANIFESTS.find(({ id }) => id === run.destination) ?? {};
  const maxAgents = Math.min(MAX_AGENTS, HANGING_PER_REQUEST * maxInFlight);
  let hasLooked = false;
  let isThrough = false;
  let hasBatches = batches !== undefined;

  const turns: Lane = {
    width: courier.width,
    begin: () => {
      const folder = hasLooked && run.hasTime() ? agents.takeFlowing() : undefined;
      return folder && guarded(() => takeTurn(folder, work), [folder]);
    },
  };
  const probes: Lane = {
    width: courier.width,
    begin: () => {
      // All of them together make few events.
      const room = hasLooked ? run.take(maxAgents) : 0;
      const folders = room === 0 ? [] : agents.takeDue(clock.now(), room);
      run.giveBack(room - folders.length);
      return folders.length === 0 ? undefined : guarded(() => tryAgents(folders, work), folders);
    },
  };
  const apart: Lane = {
    width: () => 1,
    begin: () => {
      if (batches === undefined || !hasBatches || !run.hasTime()) return undefined;
      return guarded(async () => {
        hasBatches = await batches.next();
      });
    },
  };
  const look = everySoOften(run, { everyMs: LOOK_EVERY_MS, firstMs: clock.now() }, () =>
    guarded(async () => {
      try {
        await findAgents();
        isThrough = true;
      } finally {
        hasLooked = true;
      }
    }),
  );
  const keep = everySoOften(run, { everyMs: SAVE_EVERY_MS, firstMs: clock.now() + SAVE_EVERY_MS }, () =>
    guarded(save),
  );
  return { all: [look, apart, probes, turns, keep], isThrough: () => isThrough && !hasBatches, trouble };
}

function everySoOften(
  { clock, hasTime }: Work['run'],
  { everyMs, firstMs }: { readonly everyMs: number; readonly firstMs: number },
  piece: () => Promise<void>,
): Lane {
  let nextMs = firstMs;
  return {
    width: () => 1,
    begin: () => {
      if (!hasTime() || clock.now() < nextMs) return undefined;
      nextMs = clock.now() + everyMs;
      return piece();
    },
  };
}
