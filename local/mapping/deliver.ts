/** One batch until it is settled: expiry, invocation, partial progress, halving, retries, giving up. */
import type { InvokeResult } from '../function/invoke-result.ts';
import type { StoredRecord } from '../kinesis/shard.ts';
import { backoffMs } from './backoff.ts';
import type { MappingClock } from './mapping-clock.ts';
import type { Failure } from './on-failure.ts';
import type { MappingSettings } from './settings.ts';
import { judge } from './verdict.ts';

export interface Delivery {
  readonly settings: MappingSettings;
  readonly clock: MappingClock;
  /** Aborts when the mapping stops: an invocation is seen through, nothing new begins. */
  readonly signal: AbortSignal;
  readonly invoke: (records: readonly StoredRecord[]) => Promise<InvokeResult>;
  /** The function is done with these, always the oldest that are left. */
  readonly done: (records: readonly StoredRecord[]) => void;
  /** These are given up and reported, always the oldest that are left. */
  readonly giveUp: (failure: Failure) => Promise<void>;
}

/** A batch or what is left of it. */
interface BatchPart {
  readonly records: readonly StoredRecord[];
  /** Counted failures since the last progress. */
  readonly attempts: number;
  readonly lastResult?: InvokeResult;
}

/** What comes next for a part: nothing, the rest of it, or its halves. */
interface Step {
  readonly parts: readonly BatchPart[];
  readonly progress: boolean;
}

const SETTLED: Step = { parts: [], progress: true };

/** Resolves when all records are done or given up, or the mapping stops. */
export async function deliver(records: readonly StoredRecord[], delivery: Delivery): Promise<void> {
  const { clock, signal } = delivery;
  let parts: readonly BatchPart[] = [{ records, attempts: 0 }];
  let failures = 0;
  while (!signal.aborted) {
    const [first, ...later] = parts;
    if (first === undefined) return;
    const part = await withoutExpired(first, delivery);
    const step = part.records.length === 0 ? SETTLED : await attempt(part, delivery);
    parts = [...step.parts, ...later];
    failures = step.progress ? 0 : failures + 1;
    if (step.parts.length > 0) await clock.sleep(backoffMs(Math.max(1, failures), clock.random), signal);
  }
}

/** Takes records that are too old off the front, each reported by itself. */
async function withoutExpired(part: BatchPart, { settings, clock, giveUp }: Delivery): Promise<BatchPart> {
  const { maximumRecordAgeInSeconds: maxAge } = settings;
  if (maxAge === -1) return part;
  let records = part.records;
  for (;;) {
    const [oldest] = records;
    if (oldest === undefined || clock.now() - oldest.arrivalMs <= maxAge * 1000) return { ...part, records };
    const { attempts: invokeCount, lastResult: result } = part;
    await giveUp({ condition: 'RecordAgeExceeded', records: [oldest], invokeCount, result });
    records = records.slice(1);
  }
}

async function attempt(part: BatchPart, delivery: Delivery): Promise<Step> {
  const { settings, invoke, done } = delivery;
  const result = await invoke(part.records);
  const verdict = judge(result, part.records, settings.reportBatchItemFailures);
  switch (verdict.kind) {
    case 'success':
      done(part.records);
      return SETTLED;
    case 'throttled':
      return { parts: [part], progress: false };
    case 'partial':
      if (verdict.from === 0) break;
      done(part.records.slice(0, verdict.from));
      return { parts: [{ records: part.records.slice(verdict.from), attempts: 0 }], progress: true };
    case 'failed':
      if (settings.bisectBatchOnFunctionError && part.records.length > 1) return halve(part);
  }
  return retry({ ...part, attempts: part.attempts + 1, lastResult: result }, delivery);
}

/** Halving does not use up a retry. */
function halve(part: BatchPart): Step {
  const middle = Math.ceil(part.records.length / 2);
  const halves = [part.records.slice(0, middle), part.records.slice(middle)];
  return { parts: halves.map((records) => ({ ...part, records })), progress: false };
}

async function retry(part: BatchPart, { settings, giveUp }: Delivery): Promise<Step> {
  const { records, attempts, lastResult: result } = part;
  const { maximumRetryAttempts } = settings;
  if (maximumRetryAttempts === -1 || attempts <= maximumRetryAttempts) {
    return { parts: [part], progress: false };
  }
  await giveUp({ condition: 'RetryAttemptsExhausted', records, invokeCount: attempts, result });
  return SETTLED;
}
