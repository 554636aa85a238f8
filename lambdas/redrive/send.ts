import type { KinesisEventRecord } from '../../shared/parking/kinesis-event.ts';
import type { WaitingObject } from '../../shared/parking/waiting-object.ts';
import type { InvokeFunction } from './functions.ts';
import { byAgent, type EventSlice, slicesOf } from './records.ts';

export interface SendOptions {
  readonly invoke: InvokeFunction;
  readonly functionName: string;
  /** Until the run's end. */
  readonly remainingMs: () => number;
  /** False: the function is not invoked any more. */
  readonly hasTime: () => boolean;
  /** Of one event; default Lambda's quota. */
  readonly maxBytes?: number | undefined;
}

/** What came of sending an object. */
export interface Sent {
  /** In their order; empty: all is delivered. */
  readonly left: readonly KinesisEventRecord[];
  /** Our own code: why lines are left, if they were tried. */
  readonly failure: string | undefined;
  /** The function cannot be invoked: no use in going on. */
  readonly unavailable: string | undefined;
}

type Fate = { readonly from: number; readonly failure?: string; readonly unavailable?: string };

/** Invokes the destination's function with an object's records, agent by agent. */
export async function sendObject(object: WaitingObject, options: SendOptions): Promise<Sent> {
  const { records, rejected, functionArn } = object;
  // What we parked is of one agent already.
  const groups = functionArn === undefined ? [records] : byAgent(records);
  const left = new Set(records);
  let failure: string | undefined;
  for (const group of groups) {
    for (const piece of slicesOf(group, { rejected, ...maxBytesOf(options) })) {
      if (!options.hasTime()) return { left: inOrder(records, left), failure, unavailable: undefined };
      const fate = piece === undefined ? { from: 0, failure: 'too-large' } : await sendPiece(piece, options);
      for (const record of piece?.records.slice(0, fate.from) ?? []) left.delete(record);
      failure ??= fate.failure;
      const { unavailable } = fate;
      if (unavailable !== undefined) return { left: inOrder(records, left), failure, unavailable };
      if (fate.failure !== undefined) break;
    }
  }
  return { left: inOrder(records, left), failure, unavailable: undefined };
}

function maxBytesOf({ maxBytes }: SendOptions): { readonly maxBytes?: number } {
  return maxBytes === undefined ? {} : { maxBytes };
}

function inOrder(
  records: readonly KinesisEventRecord[],
  left: ReadonlySet<KinesisEventRecord>,
): readonly KinesisEventRecord[] {
  return records.filter((record) => left.has(record));
}

async function sendPiece({ records, payload }: EventSlice, options: SendOptions): Promise<Fate> {
  const { invoke, functionName, remainingMs } = options;
  const invoked = await invoke(functionName, payload, remainingMs());
  if (invoked.kind === 'unavailable') return { from: 0, unavailable: invoked.reason };
  if (invoked.kind === 'function-error') return { from: 0, failure: 'function-error' };
  const from = reportedFrom(invoked.value, records);
  if (from === undefined) return { from: 0, failure: 'bad-report' };
  return from === records.length ? { from } : { from, failure: 'not-delivered' };
}

/**
 * Place of the first record that is not delivered; the number of records if all are; undefined for a report that
 * does not fit the event (Lambda's own mapping takes such a batch as failed too:
 * docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html).
 */
function reportedFrom(value: unknown, records: readonly KinesisEventRecord[]): number | undefined {
  if (typeof value !== 'object' || value === null || !('batchItemFailures' in value)) return undefined;
  const failures: unknown = value.batchItemFailures;
  if (!Array.isArray(failures)) return undefined;
  let from = records.length;
  for (const failure of failures as readonly unknown[]) {
    if (typeof failure !== 'object' || failure === null || !('itemIdentifier' in failure)) return undefined;
    const place = records.findIndex(({ kinesis }) => kinesis.sequenceNumber === failure.itemIdentifier);
    if (place < 0) return undefined;
    from = Math.min(from, place);
  }
  return from;
}
