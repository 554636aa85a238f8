import { setImmediate as turn } from 'node:timers/promises';
import { type Container, createContainer } from '../../engine/container.ts';
import { deliverEvent, redeliverEvent } from '../../engine/engine.ts';
import { type Clock, systemClock, type Timer } from '../../shared/base/clock.ts';
import type { CommonSettings } from '../../shared/destination/common-settings.ts';
import type { Destination, EncodedRequest, Encoder, Manifest } from '../../shared/destination/contract.ts';
import type { Network } from '../../shared/destination/network.ts';
import type { Outcome } from '../../shared/destination/outcome.ts';
import { levelOfWord } from '../../shared/level/words/level-of-word.ts';
import type {
  DeliveryEvent,
  DeliveryReport,
  KinesisEventRecord,
  RedriveReport,
} from '../../shared/parking/kinesis-event.ts';
import { parseRedriveEvent } from '../../shared/parking/kinesis-event.ts';
import { createSecrets, type SecretAnswer } from '../../shared/settings/secrets.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';

/** 2026-01-15T10:30:00Z */
export const T0 = 1_768_473_000_000;

/** A clock that jumps to the next task when everything else has come to rest. */
export function createClock(startMs = T0): Clock & { readonly advance: (ms: number) => void } {
  let nowMs = startMs;
  interface Task {
    readonly atMs: number;
    readonly run: () => void;
  }
  const tasks = new Set<Task>();
  let running = false;

  async function run(): Promise<void> {
    running = true;
    while (tasks.size > 0) {
      for (let i = 0; i < 4; i += 1) await turn();
      const next = [...tasks].reduce<Task | undefined>(
        (first, task) => (first === undefined || task.atMs < first.atMs ? task : first),
        undefined,
      );
      if (next === undefined) break;
      tasks.delete(next);
      nowMs = Math.max(nowMs, next.atMs);
      next.run();
    }
    running = false;
  }

  function after(ms: number, task: () => void): Timer {
    const one: Task = { atMs: nowMs + ms, run: task };
    tasks.add(one);
    if (!running) void run();
    return { cancel: () => void tasks.delete(one), unref: () => undefined };
  }

  return {
    now: () => nowMs,
    monotonic: () => nowMs - startMs,
    random: () => 0.5,
    sleep: (ms) => new Promise((resolve) => void after(ms, resolve)),
    after,
    every: (ms, task) => {
      let timer = after(ms, function again() {
        timer = after(ms, again);
        task();
      });
      return { cancel: () => timer.cancel(), unref: () => undefined };
    },
    advance: (ms) => {
      nowMs += ms;
    },
  };
}

/** For services over real sockets: only waiting and the time of day are simulated, time limits are real. */
export function createServiceClock(startMs = Date.now()): TestClock {
  return { ...createClock(startMs), after: systemClock.after, every: systemClock.every };
}

export interface RecordSpec {
  readonly agent?: string;
  readonly worker?: string;
  readonly boot?: string;
  readonly seq?: number;
  readonly lines: readonly string[];
  readonly timeMs?: number;
  readonly arrivalMs?: number;
}

let sequence = 0;

/** One record as the shipper writes it, uncompressed. */
export function kinesisRecord(spec: RecordSpec): KinesisEventRecord {
  const { agent = 'CA_a', worker = 'CAW_w', boot = 'b1', seq = 0, lines, timeMs = T0, arrivalMs = T0 } = spec;
  const body = lines.map((line) => `${line}\n`).join('');
  const runs = lines.length === 0 ? [] : [[0, timeMs, lines.length, Buffer.byteLength(body)]];
  const header = { log_drain: 1, agent_id: agent, worker_id: worker, boot, seq, runs };
  return rawRecord(Buffer.from(`${JSON.stringify(header)}\n${body}`), { arrivalMs, partitionKey: worker });
}

export function rawRecord(data: Buffer, { arrivalMs = T0, partitionKey = 'CAW_w' } = {}): KinesisEventRecord {
  sequence += 1;
  const sequenceNumber = `4966${String(sequence).padStart(52, '0')}`;
  return {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey,
      sequenceNumber,
      data: data.toString('base64'),
      approximateArrivalTimestamp: arrivalMs / 1000,
    },
    eventID: `shardId-000000000000:${sequenceNumber}`,
    eventSource: 'aws:kinesis',
  };
}

export interface Sent {
  readonly agentId: string;
  readonly workerId: string;
  readonly texts: readonly string[];
  readonly atMs: number;
  readonly settings: { readonly token: string };
}

/** What the service does with a request. */
export type Service = (sent: Sent, signal: AbortSignal) => Outcome | Promise<Outcome>;

const MANIFEST: Manifest = {
  id: 'datadog',
  title: 'Test',
  link: 'https://example.com',
  settings: [{ name: 'TOKEN', required: true, secret: true, about: 'A token.' }],
  limits: { maxEvents: 10, maxBytes: 10_000, maxEventBytes: 1_000 },
  time: {},
  requestPer: 'agent',
  window: 8,
  maxInFlight: 32,
  blankLine: 'keep',
};

export interface HarnessOptions extends Surroundings {
  readonly service: Service;
  readonly manifest?: Partial<Manifest>;
  readonly startsPerSecond?: number;
  /** What the encoder writes at the end of a request of so many lines. */
  readonly end?: (lines: number) => string;
  /** Told of each request's size. */
  readonly onBody?: (bytes: number) => void;
  /** A drain of these settings was closed. */
  readonly onClose?: (settings: Sent['settings']) => void;
}

export interface Surroundings {
  /** A bucket that several containers share. */
  readonly objects?: Map<string, string>;
  readonly clock?: TestClock;
  readonly secret?: (name: string) => SecretAnswer | Promise<SecretAnswer>;
  /** False: parking fails. */
  readonly canPark?: () => boolean | Promise<boolean>;
  readonly stallLimitMs?: number;
  readonly isolationLimitMs?: number;
  readonly patienceMs?: number;
}

export type TestClock = ReturnType<typeof createClock>;

/** A container's delivery, seen from outside. */
export interface Deliveries {
  readonly clock: TestClock;
  readonly objects: Map<string, string>;
  readonly counts: Map<string, number>;
  readonly logs: { readonly event: string; readonly fields: Readonly<Record<string, unknown>> }[];
  readonly deliver: (
    records: readonly KinesisEventRecord[],
    options?: DeliverOptions,
  ) => Promise<DeliveryReport>;
  /** What redrive hands over, JSON. */
  readonly redeliver: (
    payload: string,
    options?: Pick<DeliverOptions, 'remainingMs'>,
  ) => Promise<RedriveReport>;
  /** Forgets what a container remembers. */
  readonly restart: () => void;
}

export interface Harness extends Deliveries {
  readonly sent: Sent[];
}

export interface DeliverOptions {
  readonly remainingMs?: number;
  readonly redrive?: boolean;
  readonly rejected?: boolean;
}

const NETWORK: Network = { allowPrivate: 'all', proxyUrl: undefined, noProxy: undefined, client: 'test/1' };

/** The bytes of a body are another request's as soon as it is prepared: here at once, whoever still looks at them. */
function overwritingLentBytes<S extends CommonSettings>(destination: Destination<S>): Destination<S> {
  return {
    ...destination,
    open: (settings, network) => {
      const client = destination.open(settings, network);
      return {
        ...client,
        prepare: (request) => {
          const send = client.prepare(request);
          request.body.fill('?');
          return send;
        },
      };
    },
  };
}

/** The engine around any destination, with a bucket in memory and secrets from a function. */
export function createDeliveries<S extends CommonSettings>(
  destination: Destination<S>,
  options: Surroundings,
): Deliveries {
  const clock = options.clock ?? createClock();
  const { manifest } = destination;
  const objects = options.objects ?? new Map<string, string>();
  const counts = new Map<string, number>();
  const logs: { event: string; fields: Readonly<Record<string, unknown>> }[] = [];
  const telemetry: Telemetry = {
    count: (metric, value) => void counts.set(metric, (counts.get(metric) ?? 0) + value),
    latency: () => undefined,
    log: (_level, event, fields) => void logs.push({ event, fields }),
    flush: () => undefined,
  };
  const secret = options.secret ?? (() => ({ kind: 'found', text: '{"TOKEN":"t0ken-value"}' }));

  function newContainer(): Container {
    const secrets = createSecrets({
      fetch: async (name) => secret(name),
      prefix: 'log-drain',
      destination: manifest.id,
      now: clock.now,
      random: clock.random,
    });
    const put = async (key: string, body: string): Promise<void> => {
      if ((await options.canPark?.()) === false) throw new Error('S3 is down');
      objects.set(key, body);
    };
    return createContainer({
      destination: overwritingLentBytes(destination),
      network: NETWORK,
      secrets,
      put,
      telemetry,
      clock,
      stallLimitMs: options.stallLimitMs ?? 900_000,
      isolationLimitMs: options.isolationLimitMs ?? 10_000,
      patienceMs: options.patienceMs,
    });
  }

  let container = newContainer();
  return {
    clock,
    objects,
    counts,
    logs,
    restart: () => {
      container = newContainer();
    },
    redeliver: (payload, { remainingMs = 60_000 } = {}) => {
      const event = parseRedriveEvent(JSON.parse(payload));
      if (event === undefined) throw new TypeError('no redrive event');
      const endMs = clock.now() + remainingMs;
      return redeliverEvent(event, { getRemainingTimeInMillis: () => endMs - clock.now() }, container);
    },
    deliver: (records, { remainingMs = 60_000, redrive = false, rejected = false } = {}) => {
      const event: DeliveryEvent = { Records: records, redrive, rejected };
      const endMs = clock.now() + remainingMs;
      return deliverEvent(event, { getRemainingTimeInMillis: () => endMs - clock.now() }, container);
    },
  };
}

function createTestEncoder(end?: (lines: number) => string): Encoder {
  let lines = 0;
  return {
    ...(end !== undefined && { end: (out) => out.ascii(end(lines)) }),
    line: (out, line) => {
      lines += 1;
      const mark = out.length();
      out.ascii('"');
      out.jsonText(line.bytes, line.start, line.end);
      out.ascii('"\n');
      return out.length() - mark;
    },
  };
}

function textsOf({ body }: EncodedRequest): string[] {
  return body
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as string);
}

/** The engine around a destination whose service is a function. */
export function createHarness(options: HarnessOptions): Harness {
  const clock = options.clock ?? createClock();
  const sent: Sent[] = [];
  const destination: Destination<CommonSettings & { readonly token: string }> = {
    manifest: { ...MANIFEST, ...options.manifest },
    parse: (raw) =>
      raw['TOKEN'] === undefined
        ? { kind: 'bad', problems: ['TOKEN is required'] }
        : {
            kind: 'on',
            settings: { token: raw['TOKEN'], minLevel: levelOfWord(raw['LEVEL'] ?? '') },
            unknown: [],
          },
    open: (settings) => ({
      endpoint: 'example.com:443',
      ...(options.startsPerSecond !== undefined && { startsPerSecond: options.startsPerSecond }),
      encoder: () => createTestEncoder(options.end),
      prepare: (request) => {
        const texts = textsOf(request);
        options.onBody?.(request.body.length);
        const { agentId, workerId } = request;
        return async (signal) => {
          const one: Sent = { agentId, workerId, texts, atMs: clock.now(), settings };
          sent.push(one);
          return options.service(one, signal);
        };
      },
      close: async () => options.onClose?.(settings),
    }),
  };
  return { ...createDeliveries(destination, { ...options, clock }), sent };
}
