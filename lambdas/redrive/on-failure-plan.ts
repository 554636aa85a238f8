import { ON_FAILURE_BACKLOG } from '../../shared/parking/backlog.ts';
import type { DestinationId } from '../registry.ts';
import type { BacklogPlan } from './backlog-runner.ts';
import type { Tally } from './result.ts';
import type { RedriveRun } from './run-context.ts';

/** The name in `arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>]`, or the name itself. */
function nameOfFunction(nameOrArn: string): string {
  return /:function:([^:]+)/.exec(nameOrArn)?.[1] ?? nameOrArn;
}

/** The destination whose function it is. */
export function destinationOf(functionArn: string, { functions }: RedriveRun): DestinationId | undefined {
  const name = nameOfFunction(functionArn);
  return [...functions].find(([, nameOrArn]) => nameOfFunction(nameOrArn) === name)?.[0];
}

export interface OnFailureLane extends BacklogPlan {
  /** Batches that are nobody's, so far. */
  readonly unknown: () => number;
}

/** Batches that Lambda put aside: of all destinations, each to be read to know which. */
export function createOnFailurePlan(
  tallies: ReadonlyMap<DestinationId, Tally>,
  run: RedriveRun,
): OnFailureLane {
  let unknown = 0;
  return {
    backlog: ON_FAILURE_BACKLOG,
    failuresHold: true,
    found: () => undefined,
    targetOf: (object, { key, bytes }) => {
      const id = object.functionArn === undefined ? undefined : destinationOf(object.functionArn, run);
      if (id === undefined) {
        unknown += 1;
        run.log('error', 'batch_of_unknown_function', { key });
        return undefined;
      }
      const [tally, functionName] = [tallies.get(id), run.functions.get(id)];
      tally?.add({ objects: 1, bytes, onFailure: 1 });
      return tally === undefined || functionName === undefined ? undefined : { tally, functionName };
    },
    garbled: ({ key }) => {
      unknown += 1;
      run.log('error', 'object_unreadable', { key });
    },
    unfinished: () => {
      for (const tally of tallies.values()) tally.end('unfinished');
    },
    ended: () => [...tallies.values()].every((tally) => tally.ended()),
    unknown: () => unknown,
  };
}
