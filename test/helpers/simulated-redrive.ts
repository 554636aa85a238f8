import { setImmediate as settled } from 'node:timers/promises';
import type { InvokeFunction } from '../../lambdas/redrive/base/functions.ts';
import type { RedriveResult } from '../../lambdas/redrive/base/result.ts';
import type { RedriveContext } from '../../lambdas/redrive/base/run-context.ts';
import { redrive } from '../../lambdas/redrive/run.ts';
import type { Timer } from '../../shared/base/clock.ts';
import { type Bucket, MAX_KEYS } from '../../shared/parking/bucket.ts';
import { T0 } from './engine-harness.ts';
import { SCHEDULED } from './redrive-world.ts';

/** A clock that jumps to what falls due next; cheap enough for millions of waits. */
export function createHeapClock(startMs: number) {
  interface Task {
    readonly atMs: number;
    readonly order: number;
    run: (() => void) | undefined;
  }
  const heap: Task[] = [];
  let nowMs = startMs;
  let order = 0;

  const isBefore = (a: Task, b: Task): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
  const swap = (i: number, j: number): void => {
    const [a, b] = [heap[i], heap[j]];
    if (a !== undefined && b !== undefined) [heap[i], heap[j]] = [b, a];
  };
  const at = (i: number): Task => heap[i] as Task;

  function push(task: Task): void {
    heap.push(task);
    for (let i = heap.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!isBefore(at(i), at(parent))) return;
      swap(i, parent);
      i = parent;
    }
  }

  function pop(): Task | undefined {
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let i = 0; ; ) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      let least = i;
      if (left < heap.length && isBefore(at(left), at(least))) least = left;
      if (right < heap.length && isBefore(at(right), at(least))) least = right;
      if (least === i) return first;
      swap(i, least);
      i = least;
    }
  }

  function after(ms: number, run: () => void): Timer {
    const task: Task = { atMs: nowMs + ms, order: (order += 1), run };
    push(task);
    return { cancel: () => (task.run = undefined), unref: () => undefined };
  }

  return {
    now: () => nowMs,
    random: () => 0.5,
    after,
    sleep: (ms: number) => new Promise<void>((resolve) => void after(ms, resolve)),
    /** Lets time pass until then, and all that follows from it happen. */
    runUntil: async (isOver: () => boolean): Promise<void> => {
      await settled();
      while (!isOver()) {
        const task = pop();
        if (task === undefined) return;
        if (task.run === undefined) continue;
        nowMs = Math.max(nowMs, task.atMs);
        task.run();
        // What falls due at the same moment goes together.
        if (heap[0]?.atMs !== nowMs) await settled();
      }
    },
  };
}

export type HeapClock = ReturnType<typeof createHeapClock>;

/** One agent's backlog: objects that came at even distances, made when they are looked at. */
export interface SimulatedAgent {
  readonly id: string;
  readonly prefix: string;
  readonly firstMs: number;
  readonly everyMs: number;
  /** Places of the objects that are left, in order, from `next` on; those before are gone or in `left`. */
  readonly count: number;
  /** When it is well (again), epoch ms. */
  wellAtMs: number;
  /** Until then: refused at once, or no answer for so long. */
  readonly hangMs: number;
  /** Objects that fail although the agent is well. */
  readonly isPoison: (place: number) => boolean;
  readonly gone: Uint8Array;
  /** Objects that were moved to `parked-later/`. */
  readonly later: Set<number>;
  lowest: number;
  delivered: number;
  firstDeliveredMs: number | undefined;
}

export interface AgentSpec {
  readonly id: string;
  readonly count: number;
  readonly wellAtMs?: number;
  readonly hangMs?: number;
  readonly everyMs?: number;
  readonly isPoison?: (place: number) => boolean;
}

const DESTINATION = 'datadog';

function keyAt(agent: SimulatedAgent, place: number, kind = 'parked'): string {
  const ms = agent.firstMs + place * agent.everyMs;
  const day = new Date(ms).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${kind}/${DESTINATION}/${agent.id}/${day}/${ms}-1.json`;
}

/** The place of an object by its key; of a key between two the place before. */
function placeOf(agent: SimulatedAgent, key: string): number {
  const ms = Number(/\/(\d+)(?:-1\.json)?$/.exec(key)?.[1]);
  return (ms - agent.firstMs) / agent.everyMs;
}

export interface World {
  readonly clock: HeapClock;
  readonly agents: ReadonlyMap<string, SimulatedAgent>;
  /** All other objects, by key. */
  readonly others: Map<string, string>;
  /** Agents among their owners whose service refuses. */
  readonly refused: Set<string>;
  /** Of the simulated agents, epoch ms. */
  readonly lastDeliveredMs: () => number;
  readonly requests: Record<'get' | 'put' | 'list' | 'delete' | 'invoke', number>;
  readonly add: (spec: AgentSpec) => SimulatedAgent;
  /** Runs of the schedule, from now on, until it is over. */
  readonly runSchedule: (
    isOver: () => boolean,
    options?: ScheduleOptions,
  ) => Promise<readonly RedriveResult[]>;
}

export interface ScheduleOptions {
  /** Of them the first so many invocations at each moment are taken, the others throttled. */
  readonly concurrency?: number;
}

export interface WorldOptions {
  readonly s3Ms?: number;
  readonly nowMs?: number;
}

const SCHEDULE_MS = 300_000;
const RUN_MS = 900_000;
const INVOKE_MS = 120;
const SERVICE_MS = 100;
/** Lines of an object, and of a request to the service. */
const LINES = 10;
const LINES_PER_REQUEST = 1_000;
const REQUESTS_AT_ONCE = 8;
const OBJECT_BYTES = 1_400;

/** A bucket, a function and a service of which only time is simulated, and redrive as it is deployed. */
export function createWorld({ s3Ms = 25, nowMs = T0 + 8 * 3_600_000 }: WorldOptions = {}): World {
  const clock = createHeapClock(nowMs);
  const agents = new Map<string, SimulatedAgent>();
  const others = new Map<string, string>();
  const refused = new Set<string>();
  const requests = { get: 0, put: 0, list: 0, delete: 0, invoke: 0 };
  const etag = (body: string): string => `"${body.length}-${body.slice(-40)}"`;
  const request = async (kind: keyof typeof requests): Promise<void> => {
    requests[kind] += 1;
    await clock.sleep(s3Ms);
  };

  /** `parked/datadog/<agent>/…` */
  function agentOf(key: string): { agent: SimulatedAgent; isLater: boolean } | undefined {
    const [kind = '', , id = ''] = key.split('/', 3);
    const agent = kind === 'parked' || kind === 'parked-later' ? agents.get(id) : undefined;
    return agent && { agent, isLater: kind === 'parked-later' };
  }

  function isThere(agent: SimulatedAgent, place: number, isLater: boolean): boolean {
    if (!Number.isInteger(place) || place < 0 || place >= agent.count) return false;
    return isLater ? agent.later.has(place) : agent.gone[place] === 0;
  }

  function placesOf(
    { agent, isLater }: { readonly agent: SimulatedAgent; readonly isLater: boolean },
    from: number,
    limit: number,
  ): number[] {
    if (isLater)
      return [...agent.later]
        .filter((place) => place >= from)
        .sort((a, b) => a - b)
        .slice(0, limit);
    while (agent.lowest < agent.count && agent.gone[agent.lowest] === 1) agent.lowest += 1;
    const places: number[] = [];
    for (let place = Math.max(from, agent.lowest); place < agent.count && places.length < limit; place += 1) {
      if (agent.gone[place] === 0) places.push(place);
    }
    return places;
  }

  const bodyOf = (agent: SimulatedAgent, place: number): string =>
    `{"version":1,"redrive":true,"destination":"datadog","agent_id":"${agent.id}","reason":"down","lines":${LINES},"Records":[${place}]}`;

  function remove(key: string): boolean {
    const found = agentOf(key);
    if (found === undefined) return others.delete(key);
    const { agent, isLater } = found;
    const place = placeOf(agent, key);
    if (!isThere(agent, place, isLater)) return false;
    if (isLater) agent.later.delete(place);
    else agent.gone[place] = 1;
    return true;
  }

  const bucket: Bucket = {
    list: async ({ prefix, after, limit = MAX_KEYS }) => {
      await request('list');
      const found = agentOf(prefix);
      if (found === undefined) {
        const keys = [...others.keys()].filter((key) => key.startsWith(prefix) && key > (after ?? '')).sort();
        const page = keys.slice(0, limit).map((key) => ({ key, bytes: OBJECT_BYTES }));
        return { objects: page, isLast: page.length === keys.length };
      }
      const from = after === undefined ? 0 : Math.floor(placeOf(found.agent, after)) + 1;
      const places = placesOf(found, from, limit + 1);
      const kind = found.isLater ? 'parked-later' : 'parked';
      const objects = places
        .slice(0, limit)
        .map((place) => ({ key: keyAt(found.agent, place, kind), bytes: OBJECT_BYTES }));
      return { objects, isLast: places.length <= limit };
    },
    async *folders(prefix) {
      const isLater = prefix.startsWith('parked-later/');
      const ofAgents = prefix === `parked/${DESTINATION}/` || prefix === `parked-later/${DESTINATION}/`;
      const withPlaces = ofAgents
        ? [...agents.values()].filter((agent) => placesOf({ agent, isLater }, 0, 1).length > 0)
        : [];
      const keys = [...others.keys()].filter((key) => key.startsWith(prefix));
      const names = [
        ...new Set([
          ...withPlaces.map(({ id }) => id),
          ...keys.map((key) => key.slice(prefix.length).split('/')[0] ?? ''),
        ]),
      ];
      for (const [i, name] of names.entries()) {
        if (i % MAX_KEYS === 0) await request('list');
        yield name;
      }
      if (names.length === 0) await request('list');
    },
    get: async (key) => {
      await request('get');
      const found = agentOf(key);
      if (found !== undefined) {
        const place = placeOf(found.agent, key);
        if (!isThere(found.agent, place, found.isLater)) return undefined;
        return { body: bodyOf(found.agent, place), etag: '"1"' };
      }
      const body = others.get(key);
      return body === undefined ? undefined : { body, etag: etag(body) };
    },
    put: async (key, body, condition) => {
      await request('put');
      const found = agentOf(key);
      if (found?.isLater === true) {
        found.agent.later.add(placeOf(found.agent, key));
        return '"1"';
      }
      const current = others.get(key);
      const isMet =
        'etag' in condition
          ? current !== undefined && etag(current) === condition.etag
          : current === undefined;
      if (!isMet) return undefined;
      others.set(key, body);
      return etag(body);
    },
    delete: async (key) => {
      await request('delete');
      return remove(key);
    },
    deleteAll: async (versions) => {
      await request('delete');
      return new Set(versions.flatMap(({ key }) => (remove(key) ? [] : [key])));
    },
  };

  let lastDeliveredMs = nowMs;
  let underWay = 0;
  let concurrency = Infinity;

  /** As the engine does: agents side by side, an agent's first request alone, then eight at once, none after a failure. */
  const invoke: InvokeFunction = async (_name, payload) => {
    requests.invoke += 1;
    if (underWay >= concurrency) {
      await clock.sleep(20);
      return { kind: 'unavailable', reason: 'TooManyRequestsException' };
    }
    underWay += 1;
    await clock.sleep(INVOKE_MS);
    const event = JSON.parse(payload) as { objects?: { agent_id: string; Records: number[] }[] };
    const objects = event.objects ?? [JSON.parse(payload) as { agent_id: string; Records: number[] }];
    const byAgent = new Map<string, { object: number; place: number }[]>();
    for (const [object, { agent_id: id, Records }] of objects.entries()) {
      const list = byAgent.get(id) ?? [];
      byAgent.set(id, list);
      list.push({ object, place: Records[0] ?? 0 });
    }
    const undelivered: { object: number; records: number[]; reason: string }[] = [];
    await Promise.all(
      [...byAgent].map(async ([id, list]) => {
        const agent = agents.get(id);
        if (agent === undefined) {
          await clock.sleep(SERVICE_MS);
          if (!refused.has(id)) return;
          for (const { object } of list) undelivered.push({ object, records: [0], reason: 'forbidden' });
          return;
        }
        const perRequest = LINES_PER_REQUEST / LINES;
        let at = 0;
        for (let width = 1; at < list.length; width = REQUESTS_AT_ONCE) {
          const isDown = clock.now() < agent.wellAtMs;
          await clock.sleep(isDown && agent.hangMs > 0 ? agent.hangMs : SERVICE_MS);
          if (isDown) break;
          let failed = false;
          for (let i = 0; i < width && at < list.length && !failed; i += 1) {
            const some = list.slice(at, at + perRequest);
            failed = some.some(({ place }) => agent.isPoison(place));
            if (failed) break;
            at += some.length;
            agent.delivered += some.length;
            agent.firstDeliveredMs ??= clock.now();
            lastDeliveredMs = clock.now();
          }
          if (failed) break;
        }
        for (const { object } of list.slice(at)) undelivered.push({ object, records: [0], reason: 'down' });
      }),
    );
    underWay -= 1;
    return { kind: 'returned', value: { batchItemFailures: [], undelivered } };
  };

  return {
    clock,
    agents,
    others,
    refused,
    requests,
    lastDeliveredMs: () => lastDeliveredMs,
    add: ({ id, count, wellAtMs = 0, hangMs = 0, everyMs = 1_000, isPoison = () => false }) => {
      const agent: SimulatedAgent = {
        id,
        prefix: `parked/${DESTINATION}/${id}/`,
        firstMs: nowMs - 8 * 3_600_000,
        everyMs,
        count,
        wellAtMs,
        hangMs,
        isPoison,
        gone: new Uint8Array(count),
        later: new Set(),
        lowest: 0,
        delivered: 0,
        firstDeliveredMs: undefined,
      };
      agents.set(id, agent);
      return agent;
    },
    runSchedule: async (isOver, options = {}) => {
      concurrency = options.concurrency ?? Infinity;
      const results: RedriveResult[] = [];
      let over = false;
      const begin = (): void => {
        if (over) return;
        const context: RedriveContext = {
          bucket,
          invoke,
          functions: new Map([[DESTINATION, 'drain-datadog']]),
          clock,
          log: () => undefined,
          deadlineMs: clock.now() + RUN_MS,
        };
        void (async () => {
          const result = await redrive({ ...SCHEDULED, destination: DESTINATION }, context);
          if (result.destinations.datadog?.state !== 'busy') results.push(result);
        })();
        clock.after(SCHEDULE_MS, begin);
      };
      begin();
      await clock.runUntil(isOver);
      over = true;
      return results;
    },
  };
}
