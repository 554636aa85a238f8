import type { Clock } from '../shared/base/clock.ts';
import { createFairSemaphore } from '../shared/base/fair-semaphore.ts';
import { createLru } from '../shared/base/lru.ts';
import { createByteWriter } from '../shared/destination/byte-writer.ts';
import type { CommonSettings } from '../shared/destination/common-settings.ts';
import type { Destination } from '../shared/destination/contract.ts';
import type { Network } from '../shared/destination/network.ts';
import type { PutObject } from '../shared/parking/s3-object-store.ts';
import type { Secrets } from '../shared/settings/secrets.ts';
import type { Telemetry } from '../shared/telemetry/telemetry.ts';
import { createAgentHealth } from './agent/agent-health.ts';
import { createCircuitBreakers } from './agent/circuit-breakers.ts';
import { createClients } from './agent/clients.ts';
import { createLineNumberGaps, type LineNumberGaps } from './decode/line-number-gaps.ts';
import { createSettledLines } from './decode/settled-lines.ts';
import { createUnreadTimes, type UnreadTimes } from './decode/unread-times.ts';
import type { DecodeContext } from './decode/wave.ts';
import { createRateLimiter } from './send/rate-limiter.ts';
import { createRequestSizes } from './send/request-sizes.ts';
import type { SendContext } from './send/send-task.ts';
import type { Shares } from './send/shares.ts';
import { createParking } from './settle/park.ts';
import type { LeftoverContext } from './settle/park-leftovers.ts';

/** What is known of an invocation only when it begins. */
export interface InvocationTimes {
  /** Epoch ms past which nothing new is begun. */
  readonly deadlineMs: number;
  /** Epoch ms past which nothing is awaited: what is not safe by then comes again. */
  readonly parkingEndsMs: number;
  readonly redrive: boolean;
  /** The event holds lines that were rejected before. */
  readonly rejectedBefore: boolean;
  /** Asked before an agent is tried whose attempts fail slowly; false once as many as an invocation affords were tried. */
  readonly mayProbe: () => boolean;
  readonly shares: Shares;
}

/** One invocation: all that its stages need together. */
export interface Invocation extends DecodeContext, SendContext, LeftoverContext, InvocationTimes {
  readonly clock: Clock;
  readonly lineNumberGaps: LineNumberGaps;
  readonly unreadTimes: UnreadTimes;
}

/** What a container keeps from one invocation to the next. */
export type Container = Omit<Invocation, keyof InvocationTimes>;

/** The world around a container: a function's own, or a test's. */
export interface ContainerOptions<S extends CommonSettings> {
  readonly destination: Destination<S>;
  readonly network: Network;
  readonly secrets: Secrets;
  /** Into the parking bucket; undefined: there is none, and nothing can be parked. */
  readonly put: PutObject | undefined;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly stallLimitMs: number;
  readonly isolationLimitMs: number;
  /** Default: below the window in which a mapping gathers records (2 s), so that others wait no longer than for that. */
  readonly patienceMs?: number | undefined;
}

const PATIENCE_MS = 1_500;
/** Records whose lines were counted as received. */
const MAX_SIGHTED = 10_000;
const SIGHTED_MS = 60 * 60_000;

/** Puts together what serves all invocations of one container. */
export function createContainer<S extends CommonSettings>(options: ContainerOptions<S>): Container {
  const { destination, network, secrets, put, telemetry, clock } = options;
  const { manifest } = destination;
  const sighted = createLru<true>({ maxEntries: MAX_SIGHTED, maxAgeMs: SIGHTED_MS, now: clock.now });
  const semaphore = createFairSemaphore(manifest.maxInFlight);
  return {
    manifest,
    clients: createClients({ destination, secrets, network, telemetry, now: clock.now }),
    breakers: createCircuitBreakers(clock.now, clock.random),
    agentHealth: createAgentHealth(clock.now),
    settledLines: createSettledLines(clock.now),
    semaphore,
    rateLimiter: createRateLimiter(clock),
    requestSizes: createRequestSizes(clock.now),
    writer: createByteWriter(),
    parking: createParking({ put, destination: manifest.id, telemetry, clock, semaphore }),
    lineNumberGaps: createLineNumberGaps(telemetry, clock.now),
    unreadTimes: createUnreadTimes(telemetry, clock.now),
    telemetry,
    clock,
    stallLimitMs: options.stallLimitMs,
    isolationLimitMs: options.isolationLimitMs,
    patienceMs: options.patienceMs ?? PATIENCE_MS,
    firstSight: (eventId) => {
      const first = sighted.get(eventId) === undefined;
      sighted.set(eventId, true);
      return first;
    },
  };
}
