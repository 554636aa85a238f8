import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { describe, expect, it } from 'vitest';
import { loadDestination } from '../../lambdas/load-destination.ts';
import { startTwin, type Twin } from '../../local/local-stack.ts';
import type { FaultRule } from '../../receivers/kit/faults.ts';
import type { Receiver } from '../../receivers/kit/receiver.ts';
import { RECEIVERS } from '../../receivers/receivers.ts';
import { buildDrain } from '../../simulation/build-drain.ts';
import { createConditions } from '../../simulation/history/conditions.ts';
import type { AgentTrouble } from '../../simulation/history/trouble.ts';
import { createLedger } from '../../simulation/ledger/ledger.ts';
import { idsIn, textOf } from '../../simulation/ledger/lines.ts';
import { createRandom } from '../../simulation/time/random.ts';
import { createTimeline } from '../../simulation/time/timeline.ts';
import { plainOf } from '../../simulation/world/bucket.ts';
import type { World } from '../../simulation/world/world.ts';
import { startLocalRedrive } from '../helpers/local-redrive.ts';

const ID = 'datadog';
const AGENTS = ['CA_good', 'CA_bad'] as const;
const LINES = 20;
/** Of the agent's lines, those that a service may mind. */
const BAD = new Set([3, 11]);
/** Far below a request of all lines, and above two of them. */
const SMALL_BYTES = 3_000;

/** What became of an agent's lines, each counted once. */
interface Fates {
  readonly delivered: number;
  readonly parked: number;
  readonly rejected: number;
}
type Outcome = Readonly<Record<(typeof AGENTS)[number], Fates>>;

/** While the trouble lasts, and once it is over and redrive has run. */
interface Played {
  readonly during: Outcome;
  readonly after: Outcome;
}

interface Written {
  readonly id: number;
  readonly agent: string;
  readonly text: string;
  readonly isBad: boolean;
}

/** The same lines for both; random text, since the twin compresses its requests. */
const WRITTEN: readonly Written[] = AGENTS.flatMap((agent, which) =>
  Array.from({ length: LINES }, (_, i) => {
    const id = which * LINES + i;
    const text = `${textOf({ id, nature: 'plain' }, 0)} ${randomBytes(300).toString('hex')}`;
    return { id, agent, text, isBad: agent === 'CA_bad' && BAD.has(i) };
  }),
);

function recordOf(agent: string): { partitionKey: string; data: Buffer } {
  const lines = WRITTEN.filter((line) => line.agent === agent).map(({ text }) => ({
    agent_id: agent,
    worker_id: 'W',
    message: text,
  }));
  return { partitionKey: agent, data: Buffer.from(JSON.stringify(lines)) };
}

function fatesFrom(has: Readonly<Record<keyof Fates, (id: number) => boolean>>): Outcome {
  const count = (agent: string, fate: keyof Fates): number =>
    WRITTEN.filter((line) => line.agent === agent && has[fate](line.id)).length;
  const of = (agent: string): Fates => ({
    delivered: count(agent, 'delivered'),
    parked: count(agent, 'parked'),
    rejected: count(agent, 'rejected'),
  });
  return { CA_good: of('CA_good'), CA_bad: of('CA_bad') };
}

const MINUTE_MS = 60_000;

async function playSimulated(kind: AgentTrouble): Promise<Played> {
  const timeline = createTimeline(createRandom(1));
  const trouble = { kind, agent: 'CA_bad', fromMs: 0, toMs: 5 * MINUTE_MS, degree: 0.2 };
  const ledger = createLedger(timeline.now);
  const conditions = createConditions([trouble], timeline.now);
  const world: World = { timeline, random: createRandom(2), ledger, conditions };
  const { stream } = buildDrain(world, { destination: await loadDestination(ID), agents: AGENTS, shards: 1 });
  for (const { agent, isBad } of WRITTEN)
    ledger.write({ agent, worker: 'W', boot: 'foreign', nature: isBad ? 'bad' : 'plain' });
  timeline.after(1_000, () => {
    for (const agent of AGENTS) stream.put(recordOf(agent));
    stream.announce();
  });
  const fates = (): Outcome => {
    const isIn = (id: number, prefix: string): boolean =>
      ledger.line(id).objects.some((key) => key.startsWith(prefix));
    return fatesFrom({
      delivered: (id) => ledger.line(id).deliveries.length > 0,
      parked: (id) => isIn(id, 'parked/'),
      rejected: (id) => isIn(id, 'rejected/'),
    });
  };
  await timeline.run(2 * MINUTE_MS);
  const during = fates();
  await timeline.run(30 * MINUTE_MS);
  expect(ledger.violations).toEqual([]);
  return { during, after: fates() };
}

/** How the twin's receiver for the troubled agent is told to behave. */
type Misconduct = readonly FaultRule[];

interface Stage {
  readonly twin: Twin;
  readonly bad: Receiver;
  /** Lines that any receiver took. */
  readonly delivered: ReadonlySet<number>;
  readonly redrive: () => Promise<unknown>;
}

async function onStage<T>(act: (stage: Stage) => Promise<T>): Promise<T> {
  const delivered = new Set<number>();
  const noteAll = (text: string): void => idsIn(text).forEach((id) => delivered.add(id));
  const ignore = (): void => undefined;
  const twin = await startTwin({
    places: [{ id: ID, kind: 'receiver' }],
    shards: 1,
    faults: {},
    distDir: resolve('dist'),
    onAccepted: (_, { text }) => noteAll(text),
    onFunctionLog: ignore,
  });
  const bad = await RECEIVERS[ID].start(({ text }) => noteAll(text));
  const { drains, environment: env } = twin;
  const redrive = await startLocalRedrive({ drains, env, onStdout: ignore, onStderr: ignore });
  try {
    return await act({ twin, bad, delivered, redrive: () => redrive.invoke({ now: true }) });
  } finally {
    await redrive.close();
    await twin.close();
    await bad.close();
  }
}

async function putAll({ kinesis, shipperEnvironment: env }: Twin): Promise<void> {
  const client = new KinesisClient({
    region: 'us-east-1',
    endpoint: kinesis.endpoint,
    credentials: {
      accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  });
  const Records = AGENTS.map(recordOf).map(({ partitionKey, data }) => ({
    PartitionKey: partitionKey,
    Data: data,
  }));
  await client.send(new PutRecordsCommand({ StreamName: kinesis.streamName, Records }));
  client.destroy();
}

function idsUnder(twin: Twin, prefix: string): ReadonlySet<number> {
  const records = twin
    .parked(prefix)
    .flatMap((body) => (JSON.parse(body) as { Records: { kinesis: { data: string } }[] }).Records);
  return new Set(records.flatMap(({ kinesis }) => idsIn(plainOf(Buffer.from(kinesis.data, 'base64')))));
}

/** With the agent's own account, or a secret that is what it should not be. */
function playOnTwin(misconduct: Misconduct, secret?: string): Promise<Played> {
  return onStage(async ({ twin, bad, delivered, redrive }) => {
    bad.faults.set(misconduct);
    twin.secrets.set(`log-drain/CA_bad/${ID}`, secret ?? JSON.stringify(bad.settings));
    await putAll(twin);
    await twin.drained();
    const fates = (): Outcome => {
      const [parked, rejected] = [idsUnder(twin, 'parked/'), idsUnder(twin, 'rejected/')];
      return fatesFrom({
        delivered: (id) => delivered.has(id),
        parked: (id) => parked.has(id),
        rejected: (id) => rejected.has(id),
      });
    };
    const during = fates();
    bad.faults.set([]);
    await redrive();
    // A breaker or a pause may still hold an agent that is well again.
    const maxRuns = secret === undefined ? 20 : 0;
    for (let runs = 0; runs < maxRuns && fates().CA_bad.parked > 0; runs += 1) await redrive();
    return { during, after: fates() };
  });
}

const BAD_TEXTS = WRITTEN.filter(({ isBad }) => isBad).map(({ text }) => text.slice(0, 12).trim());

describe('what the simulation says of a trouble', { timeout: 300_000 }, () => {
  it.concurrent.each<[AgentTrouble, Misconduct]>([
    ['refused', [{ kind: 'status', status: 401, times: 0 }]],
    ['failing', [{ kind: 'status', status: 503, times: 0 }]],
    ['hanging', [{ kind: 'hang', times: 0 }]],
    ['unreachable', [{ kind: 'reset', when: 'before', times: 0 }]],
    ['bad-lines', [{ kind: 'status-if', status: 400, holds: BAD_TEXTS, times: 0 }]],
    ['small-requests', [{ kind: 'status-if', status: 413, largerThan: SMALL_BYTES, times: 0 }]],
    [
      'foreign-page',
      [{ kind: 'status', status: 200, headers: { 'content-type': 'text/html' }, body: '<html>', times: 0 }],
    ],
    ['half-open', [{ kind: 'accept-then-status', status: 502, times: 0 }]],
  ])('is what the twin does: %s', async (kind, misconduct) => {
    const simulated = await playSimulated(kind);
    const real = await playOnTwin(misconduct);

    expect(real).toEqual(simulated);
    expect(real.after.CA_bad.delivered + real.after.CA_bad.rejected).toBe(LINES);
    expect(real.after.CA_good).toEqual({ delivered: LINES, parked: 0, rejected: 0 });
  });

  it.concurrent('is what the twin does: secret-garbled', async () => {
    const { during } = await playSimulated('secret-garbled');
    const real = await playOnTwin([], '{"no');

    // Redrive leaves it parked as long as the secret is so.
    expect(real).toEqual({ during, after: during });
    expect(during.CA_bad).toEqual({ delivered: 0, parked: LINES, rejected: 0 });
  });
});
