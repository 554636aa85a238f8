import { ON_FAILURE_BACKLOG, positioned, type Waiting } from '../../../shared/parking/backlog.ts';
import { parseWaitingObject } from '../../../shared/parking/waiting-object.ts';
import type { DestinationId } from '../../registry.ts';
import type { RedriveRun } from '../base/run-context.ts';
import type { Work } from '../sending/send.ts';
import { takeApart } from './take-apart.ts';

/** The name in `arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>]`, or the name itself. */
function nameOfFunction(nameOrArn: string): string {
  return /:function:([^:]+)/.exec(nameOrArn)?.[1] ?? nameOrArn;
}

/** The destination whose function it is. */
export function destinationOf(
  functionArn: string,
  { functions }: Pick<RedriveRun, 'functions'>,
): DestinationId | undefined {
  const name = nameOfFunction(functionArn);
  return [...functions].find(([, nameOrArn]) => nameOfFunction(nameOrArn) === name)?.[0];
}

/** The batches that Lambda put aside for this destination, taken apart one after the other. */
export interface Batches {
  /** Looks at the next one; false when there is none left. */
  readonly next: () => Promise<boolean>;
  /** Batches of functions that are none of ours, as far as they were met: one for each mapping. */
  readonly unknown: () => number;
}

export function createBatches(work: Work): Batches {
  const { run, tally } = work;
  const { bucket, destination, log, request } = run;
  let unknown = 0;
  let all: AsyncGenerator<Waiting> | undefined;

  async function* ofMappings(): AsyncGenerator<Waiting> {
    for await (const mapping of bucket.folders(ON_FAILURE_BACKLOG.prefix)) {
      const prefix = `${ON_FAILURE_BACKLOG.prefix}${mapping}/`;
      for await (const waiting of positioned(bucket, { ...ON_FAILURE_BACKLOG, prefix })) {
        if (waiting.atMs < (request.sinceMs ?? 0)) continue;
        yield waiting;
        if (foreign.has(waiting.group)) break;
      }
    }
  }

  /** Mappings of other functions: each has batches of one alone. */
  const foreign = new Set<string>();

  async function look({ key, group, atMs }: Waiting): Promise<void> {
    const stored = await bucket.get(key);
    if (stored === undefined) return;
    const batch = parseWaitingObject(stored.body);
    if (batch?.functionArn === undefined) {
      tally.add({ garbled: 1, onFailureLeft: 1 });
      log('error', 'object_unreadable', { key });
      return;
    }
    const owner = destinationOf(batch.functionArn, run);
    if (owner !== destination) {
      foreign.add(group);
      if (owner !== undefined) return;
      unknown += 1;
      log('error', 'batch_of_unknown_function', { key });
      return;
    }
    tally.add({ onFailure: 1 });
    tally.remains(atMs);
    const objects = [...takeApart(batch.records, destination)];
    await Promise.all(objects.map((object) => bucket.put(object.key, object.body, { absent: true })));
    await bucket.delete(key, stored.etag);
    for (const { agentId } of objects) if (agentId !== undefined) work.agents.found('parked', agentId);
  }

  return {
    next: async () => {
      all ??= ofMappings();
      const { value, done } = await all.next();
      if (done === true) return false;
      await look(value);
      return true;
    },
    unknown: () => unknown,
  };
}
