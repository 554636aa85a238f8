/** What a function's answer means for its batch (Lambda guide, "Configuring partial batch response"). */
import { z } from 'zod';
import type { InvokeResult } from '../function/invoke-result.ts';
import type { StoredRecord } from '../kinesis/shard.ts';

export type Verdict =
  | { readonly kind: 'success' }
  /** Records before this index are done; it and all after it come again. */
  | { readonly kind: 'partial'; readonly from: number }
  /** The whole batch failed: by an error, or by an answer that cannot be followed. */
  | { readonly kind: 'failed' }
  | { readonly kind: 'throttled' };

const failures = z.array(z.object({ itemIdentifier: z.string() }));

/** Judges one invocation of a batch that is not empty. */
export function judge(
  result: InvokeResult,
  records: readonly StoredRecord[],
  reportsFailures: boolean,
): Verdict {
  if (result.kind === 'throttled') return { kind: 'throttled' };
  if (result.kind === 'error') return { kind: 'failed' };
  return reportsFailures ? judgeAnswer(result.value, records) : { kind: 'success' };
}

function judgeAnswer(value: unknown, records: readonly StoredRecord[]): Verdict {
  const listed = failuresIn(value);
  if (listed === undefined || listed === null) return { kind: 'success' };
  const parsed = failures.safeParse(listed);
  if (!parsed.success) return { kind: 'failed' };
  if (parsed.data.length === 0) return { kind: 'success' };
  const indexes = parsed.data.map(({ itemIdentifier }) =>
    records.findIndex(({ sequenceNumber }) => sequenceNumber === itemIdentifier),
  );
  const from = Math.min(...indexes);
  return from === -1 ? { kind: 'failed' } : { kind: 'partial', from };
}

/** An empty string, null, a list or an object without the key names no failure. */
function failuresIn(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'batchItemFailures' in value
    ? value.batchItemFailures
    : undefined;
}
