import { type ParkingReason, unreadableObjectBody } from '../../shared/parking/object-body.ts';
import { unreadableObjectKey } from '../../shared/parking/object-key.ts';
import type { PutObject } from '../../shared/parking/s3-object-store.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import type { RecordProgress, SegmentLines } from '../decode/progress.ts';
import { parkedObjects } from './parked-objects.ts';

/** Puts aside what cannot be delivered. What it does not confirm stays unsettled and comes again. */
export interface Parking {
  /** False if not all lines are safe now. */
  readonly park: (kind: 'parked' | 'rejected', agentId: string, request: ParkRequest) => Promise<boolean>;
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
      for (const object of parkedObjects(lines, { kind, destination, agentId, why })) {
        if (!(await store(object.key, object.body))) return false;
        telemetry.log('warn', `lines_${kind}`, {
          agent: agentId,
          reason: why.reason,
          lines: object.lines,
          key: object.key,
        });
      }
      return true;
    },
    parkUnreadable: async ({ source, arrivalMs }, reason) => {
      const { sequenceNumber } = source.kinesis;
      const key = unreadableObjectKey(destination, { arrivalMs, sequenceNumber });
      const stored = await store(key, unreadableObjectBody(destination, { reason, record: source }));
      if (stored) telemetry.log('error', 'record_unreadable', { reason, key });
      return stored;
    },
  };
}
