import { isOfAgent, isOfSettings, type Trouble } from '../history/trouble.ts';
import { type LineFate, nameOf } from '../ledger/ledger.ts';
import type { World } from '../world/world.ts';

const MINUTE_MS = 60_000;

/** From so long after a container first met one agent's trouble, the others notice little of it. */
const BEGINNING_MS = 15_000;
/** So long after the end of everybody's trouble, all is as before. */
const AFTERMATH_MS = MINUTE_MS;
/** After its own trouble an agent may have settings in caches, and a breaker that is open. */
const OWN_AFTERMATH_MS = 16 * MINUTE_MS;
/** A line that was written this long before a trouble began may meet it. */
const UNDER_WAY_MS = 6_000;
/** Fewer say nothing of what is usual. */
const MIN_LINES = 40;
/** Moments at which lines were written: fewer say little about a percentile, so that their longest wait is bounded. */
const MIN_MOMENTS = 100;
const SLOW_TIMES = 2;
const SLOWEST_TIMES = 4;

/** An agent that is well again gets the first of its parked lines within one interval of redrive's schedule and a minute. */
const REDRIVE_BEGINS_MS = 6 * MINUTE_MS;
/** How long a function may keep settings that have changed since. */
const SETTINGS_MS = 10 * MINUTE_MS;

function latencyOf({ deliveries, writtenMs }: LineFate): number {
  return (deliveries[0]?.atMs ?? Number.POSITIVE_INFINITY) - writtenMs;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function meets({ fromMs, toMs }: Trouble, atMs: number, afterMs: number): boolean {
  return atMs >= fromMs - UNDER_WAY_MS && atMs < toMs + afterMs;
}

/**
 * A service that works but takes seconds for each answer makes others wait (docs/decisions/0008-who-waits-for-whom.md).
 */
const HOLDS_UP: ReadonlySet<string> = new Set(['slow']);

/** The agent is well, and so is what it shares with others. */
function isHealthy({ agent, writtenMs }: LineFate, troubles: readonly Trouble[]): boolean {
  return !troubles.some((trouble) => {
    if (trouble.kind === 'service-down') return meets(trouble, writtenMs, OWN_AFTERMATH_MS);
    if (!isOfAgent(trouble) || HOLDS_UP.has(trouble.kind)) return meets(trouble, writtenMs, AFTERMATH_MS);
    return trouble.agent === agent && meets(trouble, writtenMs, OWN_AFTERMATH_MS);
  });
}

/** When most agents are in trouble at once, a function takes it for everybody's. */
function isEverybodys({ writtenMs }: LineFate, { conditions, agents }: JudgedWorld): boolean {
  const inTrouble = conditions.all.filter((one) => isOfAgent(one) && meets(one, writtenMs, OWN_AFTERMATH_MS));
  return new Set(inTrouble.map(({ agent }) => agent)).size > agents / 2;
}

interface JudgedWorld extends World {
  /** How many there are. */
  readonly agents: number;
  /** So long nothing was the matter. */
  readonly calmMs: number;
}

/**
 * While one agent is in trouble, the lines of healthy ones take at most twice as long as in quiet times, by their 99th
 * percentiles. Where there are too few for one, none takes more than four times as long.
 */
export function checkIsolation(world: JudgedWorld): void {
  const { ledger, conditions, calmMs } = world;
  const quiet = ledger.lines.filter(({ writtenMs }) => writtenMs < calmMs - UNDER_WAY_MS).map(latencyOf);
  if (quiet.length < MIN_LINES) return;
  const quietMs = percentile(quiet, 0.99);
  const healthy = ledger.lines.filter(
    (line) => line.writtenMs >= calmMs && isHealthy(line, conditions.all) && !isEverybodys(line, world),
  );
  const beginnings = conditions.all
    .filter(isOfAgent)
    .flatMap((trouble) => [trouble.fromMs, ...conditions.meetings(trouble)]);
  const isBeginning = (atMs: number): boolean =>
    beginnings.some((fromMs) => atMs >= fromMs - UNDER_WAY_MS && atMs < fromMs + BEGINNING_MS);
  for (const trouble of conditions.all.filter(isOfAgent)) {
    const met = healthy.filter(
      ({ writtenMs }) => writtenMs >= trouble.fromMs && writtenMs < trouble.toMs && !isBeginning(writtenMs),
    );
    const isMany = new Set(met.map(({ writtenMs }) => writtenMs)).size >= MIN_MOMENTS;
    const tookMs = percentile(met.map(latencyOf), isMany ? 0.99 : 1);
    const boundMs = quietMs * (isMany ? SLOW_TIMES : SLOWEST_TIMES);
    if (tookMs > boundMs)
      ledger.violate(
        'others-wait',
        `healthy agents wait ${Math.round(tookMs)} ms while ${trouble.agent} is ${trouble.kind}; at most ${Math.round(boundMs)} ms is right`,
      );
  }
}

/** Looks, at the end of each agent's trouble, at what is parked then, and whether it is on its way in time. */
export function watchRecovery({ ledger, timeline, conditions }: World): void {
  for (const trouble of conditions.all) {
    if (!isOfAgent(trouble) || trouble.toMs === Infinity) continue;
    const dueMs = trouble.toMs + REDRIVE_BEGINS_MS + (isOfSettings(trouble) ? SETTINGS_MS : 0);
    const isDisturbed = conditions.all.some(
      (one) =>
        one !== trouble &&
        (one.agent === undefined || one.agent === trouble.agent) &&
        one.fromMs < dueMs &&
        one.toMs + OWN_AFTERMATH_MS > trouble.toMs,
    );
    if (isDisturbed) continue;
    timeline.after(trouble.toMs, () => {
      const parked = ledger.lines.filter((line) => line.agent === trouble.agent && isWaiting(line));
      if (parked.length === 0) return;
      timeline.after(dueMs - trouble.toMs, () => {
        if (parked.every(isWaiting))
          ledger.violate(
            'redrive-late',
            `none of ${parked.length} parked lines of ${trouble.agent} was delivered within ${Math.round((dueMs - trouble.toMs) / 1000)} s of the end of ${trouble.kind}`,
          );
      });
    });
  }
}

/** It is parked, to be sent again, and nowhere else. */
function isWaiting({ deliveries, objects }: LineFate): boolean {
  return deliveries.length === 0 && objects.some((key) => !key.startsWith('rejected/'));
}

interface EndOptions {
  /** Its agent had no settings: it was left out, and counted. */
  readonly isSkipped: (line: LineFate) => boolean;
  /** The stream has it, and will be read. */
  readonly isHeld: (line: LineFate) => boolean;
}

/** Long after the last trouble, nothing waits any more but for what has not ended: the lines of such an agent are safe. */
export function checkEnd({ ledger, conditions }: World, { isSkipped, isHeld }: EndOptions): void {
  const broken = new Set(conditions.all.flatMap(({ agent, toMs }) => (toMs === Infinity ? [agent] : [])));
  for (const line of ledger.lines) {
    const isRejected = line.objects.some((key) => key.startsWith('rejected/'));
    if (isRejected && line.nature !== 'bad')
      ledger.violate('rejected-good', `${nameOf(line)} is good and was rejected`);
    if (line.deliveries.length > 0 || isRejected || isSkipped(line)) continue;
    // The shipper's account was checked before.
    if (line.copies === 0) continue;
    if (broken.has(line.agent) && (line.objects.length > 0 || isHeld(line))) continue;
    const where = line.objects.join(', ') || 'nowhere';
    ledger.violate('never-delivered', `${nameOf(line)} was never delivered; it is in ${where}`);
  }
}
