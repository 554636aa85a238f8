import type { Io } from '../shared/base/clock.ts';
import type { Slots } from '../shared/base/fair-semaphore.ts';
import type { ByteWriter } from '../shared/destination/byte-writer.ts';
import type { Manifest } from '../shared/destination/contract.ts';
import type { Telemetry } from '../shared/telemetry/telemetry.ts';
import type { Neighbours } from './agent/agent-health.ts';
import type { Breakers } from './agent/circuit-breakers.ts';
import type { Drains } from './agent/clients.ts';
import type { Gaps } from './decode/line-number-gaps.ts';
import type { Ledger } from './decode/settled-lines.ts';
import type { Pace } from './send/rate-limiter.ts';
import type { Parking } from './settle/park.ts';

/** What a container keeps from one invocation to the next. */
export interface Container {
  readonly manifest: Manifest;
  readonly drains: Drains;
  readonly breakers: Breakers;
  readonly neighbours: Neighbours;
  readonly ledger: Ledger;
  readonly slots: Slots;
  readonly pace: Pace;
  readonly writer: ByteWriter;
  readonly parking: Parking;
  readonly gaps: Gaps;
  readonly telemetry: Telemetry;
  readonly io: Io;
  readonly stallLimitMs: number;
  readonly isolationLimitMs: number;
  /** A request that holds up other agents may take this long, or a few times what is usual. */
  readonly patienceMs: number;
  /** LinesReceived counts a record once per container. */
  readonly firstSight: (eventId: string) => boolean;
}

/** One invocation of it. */
export interface Invocation extends Container {
  /** Epoch ms past which nothing new is begun. */
  readonly deadlineMs: number;
  /** Epoch ms past which nothing more is parked: what is not safe by then comes again. */
  readonly parkingEndsMs: number;
  readonly redrive: boolean;
  /** The event holds lines that were rejected before. */
  readonly rejectedBefore: boolean;
  /** False once as many agents as may be tried in vain have been, of those that fail slowly. */
  readonly mayProbe: () => boolean;
}
