import { type ParkingReason, unreadableObjectBody } from '../../shared/parking/object-body.ts';
import { unreadableObjectKey } from '../../shared/parking/object-key.ts';
import type { PutObject } from '../../shared/parking/s3-object-store.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { countLines, type RecordProgress, type SegmentLines } from '../decode/progress.ts';
import { parkedObjects } from './parked-objects.ts';

/** Puts aside what cannot be delivered. What it does not confirm stays unsettled and comes again. */
export interface Parking {
  /** The lines that are safe now: those of objects that were stored whole. */
  readonly park: (
    kind: 'parked' | 'rejected',
    agentId: string,
    request: ParkRequest,
  ) => Promise<readonly SegmentLines[]>;
  /** False if the record is not safe. */
  readonly parkUnreadable: (record: RecordProgress, reason: string) => Promise<boolean>;
}

export interface ParkRequest {
  readonly lines: readonly SegmentLines[];
  readonly why: ParkingReason;
}

export interface ParkingOptions {
  /** Undefined: no bucket is configured, and nothing can be parked. */
  readonly put: PutObject | undefined;
  readonly destination: string;
  readonly telemetry: Telemetry;
}

export function createParking({ put, destination, telemetry }: ParkingOptions): Parking {
  async function store(key: string, body: string): Promise<boolean> {
    if (put === undefined) {
      telemetry.log('error', 'parking_failed', { key, reason: 'PARKING_BUCKET is not set' });
      return false;
    }
    try {
      await put(key, body);
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.name : 'unknown';
      telemetry.log('error', 'parking_failed', { key, reason });
      return false;
    }
  }

  return {
    park: async (kind, agentId, { lines, why }) => {
      const safe: SegmentLines[] = [];
      for (const { key, body, holds } of parkedObjects(lines, { kind, destination, agentId, why })) {
        if (!(await store(key, body))) return safe;
        for (const range of holds) safe.push(range);
        telemetry.log('warn', `lines_${kind}`, {
          agent: agentId,
          reason: why.reason,
          lines: countLines(holds),
          key,
        });
      }
      return safe;
    },
    parkUnreadable: async ({ source, arrivalMs }, reason) => {
      const key = unreadableObjectKey(destination, { arrivalMs, eventId: source.eventID });
      const stored = await store(key, unreadableObjectBody(destination, { reason, record: source }));
      if (stored) telemetry.log('error', 'record_unreadable', { reason, key });
      return stored;
    },
  };
}
