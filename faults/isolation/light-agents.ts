import { setTimeout as wait } from 'node:timers/promises';
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { standInCredentials } from '../../local/function-environment.ts';
import { compressPayloadSync, recordPayload } from '../../shared/record/encode.ts';
import { headerWith } from '../../test/helpers/records.ts';
import { writesOfLines } from '../stage/plan.ts';
import type { Stage } from '../stage/stage.ts';

const LINES = 4;
const TICK_MS = 50;
/** What PutRecords takes. */
const MAX_RECORDS = 500;

export interface LightAgents {
  /** More agents write from now on. */
  readonly join: (...agents: readonly string[]) => void;
  /** Lines written so far. */
  readonly linesOf: (agent: string) => number;
  /** Resolves when all that was written is in the stream; rejects if something could not be put. */
  readonly stop: () => Promise<void>;
}

/**
 * Many agents without a process each: records as the shipper makes them, put through the SDK at a steady pace, of one
 * worker per agent, four lines each, every `everyMs` at a time of the agent's own.
 */
export function startWriting(
  { twin, marker, wrote }: Pick<Stage, 'twin' | 'marker' | 'wrote'>,
  { agents, everyMs }: { readonly agents: readonly string[]; readonly everyMs: number },
): LightAgents {
  const { endpoint, region, streamName } = twin.kinesis;
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } =
    standInCredentials();
  const client = new KinesisClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
  const written = new Map<string, number>();
  const due: { readonly agent: string; atMs: number }[] = [];
  const stopping = new AbortController();

  function join(...more: readonly string[]): void {
    const startMs = Date.now();
    for (const [i, agent] of more.entries()) due.push({ agent, atMs: startMs + (everyMs * i) / more.length });
  }

  function recordOf(agent: string): { Data: Buffer; PartitionKey: string } {
    const worker = workerOf(agent);
    const seq = written.get(agent) ?? 0;
    const step = { kind: 'lines', count: LINES, perWrite: LINES } as const;
    const body = Buffer.concat([...writesOfLines({ marker, name: agent, steps: [] }, step, seq)]);
    wrote(worker, body);
    written.set(agent, seq + LINES);
    const runs = [[0, Date.now(), LINES, body.length]] as const;
    const header = headerWith({ agent_id: agent, worker_id: worker, seq, runs });
    return { Data: compressPayloadSync(recordPayload(header, [body])), PartitionKey: worker };
  }

  async function put(): Promise<void> {
    const nowMs = Date.now();
    const Records = due
      .filter(({ atMs }) => atMs <= nowMs)
      .slice(0, MAX_RECORDS)
      .map((one) => {
        one.atMs += everyMs;
        return recordOf(one.agent);
      });
    if (Records.length > 0) await client.send(new PutRecordsCommand({ StreamName: streamName, Records }));
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await put();
      await wait(TICK_MS);
    }
  }

  join(...agents);
  const running = run();
  // A row that ended in an error has nobody to ask.
  running.catch(() => undefined);
  return {
    join,
    linesOf: (agent) => written.get(agent) ?? 0,
    stop: async () => {
      stopping.abort();
      await running;
      client.destroy();
    },
  };
}

/** The one worker of a light agent. */
function workerOf(agent: string): string {
  return `${agent}-worker`;
}

/** `CA_000`, `CA_001`, … */
export function agentNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `CA_${String(i).padStart(3, '0')}`);
}
