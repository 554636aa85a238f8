import { setTimeout as sleep } from 'node:timers/promises';
import { createInvokeFunction, type InvokeFunction } from '../../lambdas/redrive/base/functions.ts';
import type { RedriveResult } from '../../lambdas/redrive/base/result.ts';
import { systemClock } from '../../shared/base/clock.ts';
import { awsWords } from '../base/aws.ts';
import { redriveFunctionOf } from '../base/deployment.ts';
import { CommandProblem } from '../base/errors.ts';
import type { Output } from '../base/output.ts';
import type { RedriveOptions } from './options.ts';
import { isClear, previewText, progressOf, resultText, together } from './report.ts';

/** Lambda ends any function after 15 minutes. */
const INVOCATION_MS = 16 * 60_000;
/** Of one invocation, so that progress shows. */
const MAX_OBJECTS = 5_000;
/** While another run is at it; 17 minutes in all, longer than a lease. */
const BUSY_WAIT_MS = 5_000;
const MAX_BUSY_WAITS = 204;

export interface RedriveEffects {
  readonly invoke: InvokeFunction;
  readonly sleep: (ms: number) => Promise<unknown>;
}

function realEffects(): RedriveEffects {
  return {
    invoke: createInvokeFunction({ region: undefined, clock: systemClock, maxMs: INVOCATION_MS }),
    sleep: (ms) => sleep(ms),
  };
}

/**
 * `log-drain redrive`: invokes the redrive function until all that can be sent now is gone, and each agent that it cannot
 * be sent for was tried once. Resolves to the exit code: 1 if something is left.
 */
export async function redriveCommand(
  options: RedriveOptions,
  { stdout, stderr }: Output,
  effects: RedriveEffects = realEffects(),
): Promise<number> {
  const { destination, agent, sinceMs, rejected, dryRun } = options;
  const request = {
    destination,
    agent,
    since: sinceMs,
    rejected,
    dryRun,
    now: true,
    maxObjects: MAX_OBJECTS,
  };
  const functionName = await redriveFunctionOf(options);
  const onProgress = (result: RedriveResult): void => void stderr.write(progressOf(result));
  const result = await goThrough(functionName, request, { effects, onProgress });
  if (options.json) stdout.write(`${JSON.stringify(result)}\n`);
  else stdout.write(dryRun ? previewText(result) : resultText(result));
  return dryRun || isClear(result) ? 0 : 1;
}

async function goThrough(
  functionName: string,
  request: object,
  { effects, onProgress }: { effects: RedriveEffects; onProgress: (result: RedriveResult) => void },
): Promise<RedriveResult> {
  let sum: RedriveResult | undefined;
  for (let waits = 0; ; ) {
    const result = await invoked(effects.invoke, functionName, { ...request, startedMs: sum?.startedMs });
    sum = together(sum, result);
    const destinations = Object.values(result.destinations);
    const moves = destinations.some(({ state, objects }) => state === 'unfinished' && objects > 0);
    const isBusy = destinations.some(({ state }) => state === 'busy') && waits < MAX_BUSY_WAITS;
    if (!moves && !isBusy) return sum;
    onProgress(sum);
    if (moves) continue;
    waits += 1;
    await effects.sleep(BUSY_WAIT_MS);
  }
}

async function invoked(
  invoke: InvokeFunction,
  functionName: string,
  request: object,
): Promise<RedriveResult> {
  const answer = await invoke(functionName, JSON.stringify(request), INVOCATION_MS);
  if (answer.kind === 'unavailable') {
    const purpose = { what: `invoke ${functionName}`, action: 'lambda:InvokeFunction' };
    throw new CommandProblem(awsWords(answer.error, purpose));
  }
  const value = answer.kind === 'returned' ? answer.value : undefined;
  if (typeof value === 'object' && value !== null && 'destinations' in value) return value as RedriveResult;
  throw new CommandProblem(
    `the redrive function ${functionName} failed: its log group says why. What is parked stays until it is delivered`,
  );
}
