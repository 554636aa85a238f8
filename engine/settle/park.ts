import type { Clock } from '../../shared/base/clock.ts';
import type { FairSemaphore } from '../../shared/base/fair-semaphore.ts';
import { withinFirmTime } from '../../shared/base/time-limit.ts';
import { type ParkingReason, unreadableObjectBody } from '../../shared/parking/object-body.ts';
import { unreadableObjectKey } from '../../shared/parking/object-key.ts';
import type { PutObject } from '../../shared/parking/s3-object-store.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { countLines, type RecordProgress, type SegmentLines } from '../decode/progress.ts';
import { parkedObjects } from './parked-objects.ts';

/** Puts aside what cannot be delivered, until `endsMs` (epoch ms). What it does not confirm stays unsettled and comes again. */
export interface Parking {
  /** The lines that are safe now: those of objects that were stored whole. */
  readonly park: (request: ParkRequest, endsMs: number) => Promise<readonly SegmentLines[]>;
  /** False if the record is not safe. */
  readonly parkUnreadable: (unreadable: UnreadableRecord, endsMs: number) => Promise<boolean>;
}

export interface ParkRequest {
  readonly kind: 'parked' | 'rejected';
  readonly agentId: string;
  readonly lines: readonly SegmentLines[];
  /** Asked when there is a place and time to park: to mask a service's words takes some. */
  readonly why: () => ParkingReason;
}

export interface UnreadableRecord {
  readonly record: RecordProgress;
  readonly reason: string;
}

export interface ParkingOptions {
  /** Undefined: no bucket is configured, and nothing can be parked. */
  readonly put: PutObject | undefined;
  readonly destination: string;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** Few are parked at once: an object is made when it can be put. */
  readonly semaphore: FairSemaphore;
}

/** An object may take this long: a little more than two tries of the store's client. */
const PUT_MS = 5_000;
/** With less time than this left, none is begun. */
const MIN_PUT_MS = 500;

/** An error that came of the store's answer, and not of its silence. */
function isAnswer(error: unknown): boolean {
  return (
    (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode !==
    undefined
  );
}

class NoBucketError extends Error {
  override readonly name = 'PARKING_BUCKET is not set';
}

class SilentStoreError extends Error {
  override readonly name = 'TimeoutError';
}

interface NamedBody {
  readonly key: string;
  readonly body: string;
}

/** Puts objects, each in time; false for what was not stored. */
interface Store {
  readonly put: (object: NamedBody, endsMs: number) => Promise<boolean>;
  /** How often it did not answer. */
  readonly silences: () => number;
}

function createStore({ put, telemetry, clock }: ParkingOptions): Store {
  let silences = 0;

  async function putInTime({ key, body }: NamedBody, endsMs: number): Promise<void> {
    if (put === undefined) throw new NoBucketError();
    const ms = Math.min(PUT_MS, endsMs - clock.now());
    const isStored = await withinFirmTime({ clock, ms, graceMs: 0, otherwise: false }, async (signal) => {
      await put(key, body, signal);
      return true;
    });
    if (!isStored) throw new SilentStoreError();
  }

  return {
    put: async (object, endsMs) => {
      try {
        await putInTime(object, endsMs);
        return true;
      } catch (error) {
        if (!isAnswer(error)) silences += 1;
        const reason = error instanceof Error ? error.name : 'unknown';
        telemetry.log('error', 'parking_failed', { key: object.key, reason });
        return false;
      }
    },
    silences: () => silences,
  };
}

export function createParking(options: ParkingOptions): Parking {
  const { destination, telemetry, clock, semaphore } = options;
  const store = createStore(options);

  /** Undefined if there was no time left, or no use in it. */
  async function inTurn<T>(owner: string, endsMs: number, park: () => Promise<T>): Promise<T | undefined> {
    const silencesBefore = store.silences();
    const release = await semaphore.acquire(owner);
    try {
      // A store that was silent while this waited would take each of many as long again.
      const isSilent = store.silences() > silencesBefore;
      return isSilent || clock.now() + MIN_PUT_MS >= endsMs ? undefined : await park();
    } finally {
      release();
    }
  }

  async function parkLines({ kind, agentId, lines, why }: ParkRequest, endsMs: number) {
    const safe: SegmentLines[] = [];
    const { reason, answer } = why();
    const objects = parkedObjects(lines, { kind, destination, agentId, why: { reason, answer } });
    for (const { holds, ...object } of objects) {
      if (!(await store.put(object, endsMs))) return safe;
      for (const range of holds) safe.push(range);
      const { key } = object;
      telemetry.log('warn', `lines_${kind}`, { agent: agentId, reason, lines: countLines(holds), key });
    }
    return safe;
  }

  async function parkRecord({ record, reason }: UnreadableRecord, endsMs: number): Promise<boolean> {
    const { source, arrivalMs } = record;
    const key = unreadableObjectKey(destination, { arrivalMs, eventId: source.eventID });
    const body = unreadableObjectBody(destination, { reason, record: source });
    const isStored = await store.put({ key, body }, endsMs);
    if (isStored) telemetry.log('error', 'record_unreadable', { reason, key });
    return isStored;
  }

  return {
    park: async (request, endsMs) =>
      (await inTurn(request.agentId, endsMs, () => parkLines(request, endsMs))) ?? [],
    parkUnreadable: async (unreadable, endsMs) =>
      (await inTurn(unreadable.record.source.eventID, endsMs, () => parkRecord(unreadable, endsMs))) ?? false,
  };
}
