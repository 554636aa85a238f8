import type { Clock } from '../shared/base/clock.ts';
import type { FairSemaphore } from '../shared/base/fair-semaphore.ts';
import type { ByteWriter } from '../shared/destination/byte-writer.ts';
import type { Manifest } from '../shared/destination/contract.ts';
import type { Telemetry } from '../shared/telemetry/telemetry.ts';
import type { AgentHealth } from './agent/agent-health.ts';
import type { CircuitBreakers } from './agent/circuit-breakers.ts';
import type { Clients } from './agent/clients.ts';
import type { LineNumberGaps } from './decode/line-number-gaps.ts';
import type { SettledLines } from './decode/settled-lines.ts';
import type { RateLimiter } from './send/rate-limiter.ts';
import type { Parking } from './settle/park.ts';

/** What a container keeps from one invocation to the next. */
export interface Container {
  readonly manifest: Manifest;
  readonly clients: Clients;
  readonly breakers: CircuitBreakers;
  readonly agentHealth: AgentHealth;
  readonly settledLines: SettledLines;
  readonly semaphore: FairSemaphore;
  readonly rateLimiter: RateLimiter;
  readonly writer: ByteWriter;
  readonly parking: Parking;
  readonly lineNumberGaps: LineNumberGaps;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
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
