import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KinesisEventRecord } from '../../shared/parking/kinesis-event.ts';
import { compressPayloadSync, recordPayload, wireRun } from '../../shared/record/encode.ts';
import { MAX_RECORD_BODY_BYTES, RECORD_VERSION, STDOUT, type WireRun } from '../../shared/record/format.ts';

/** Lambda takes no more in one invocation (docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). */
export const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;
/** What one read of a full pipe yields. */
const READ_BYTES = 64 * 1024;
const LF = 0x0a;

/** Of agents that share a batch. */
export const agentIds = (agents: number): readonly string[] =>
  Array.from({ length: agents }, (_, at) => `CA_bench_${at}`);

/** Packs whole lines as the shipper would, and gives them to functions as the mapping would. */
export interface EventWriter {
  /** A record of one agent; without an id it is always the same. */
  readonly add: (body: Buffer, agentId?: string) => void;
  /** A record of another producer. */
  readonly addForeign: (payload: Buffer) => void;
  /** Writes the events, none above 6 MiB; returns their files. */
  readonly write: (dir: string) => Promise<readonly string[]>;
}

export function createEventWriter(name: string): EventWriter {
  const records: KinesisEventRecord[] = [];
  const startedMs = Date.now();
  let seq = 0;
  const addRecord = (payload: Buffer): void => {
    records.push(eventRecord(compressPayloadSync(payload), records.length, startedMs));
  };
  return {
    add: (body, agentId = 'CA_bench') => {
      const runs = runsOf(body, startedMs);
      const header = {
        log_drain: RECORD_VERSION,
        agent_id: agentId,
        worker_id: 'CAW_bench',
        boot: name,
        seq,
        runs,
      } as const;
      seq += runs.reduce((sum, [, , lines]) => sum + lines, 0);
      addRecord(recordPayload(header, [body]));
    },
    addForeign: addRecord,
    write: async (dir) => {
      const events = inPayloads(records);
      return Promise.all(
        events.map(async (Records, at) => {
          const path = join(dir, `${name}-${at}.json`);
          await writeFile(path, JSON.stringify({ Records }));
          return path;
        }),
      );
    },
  };
}

/** The events of a file of lines: its records hold up to 1 MiB each. */
export async function writeEvents(name: string, corpus: string, dir: string): Promise<readonly string[]> {
  const writer = createEventWriter(name);
  for (const body of blocksOf(await readFile(corpus))) writer.add(body);
  return writer.write(dir);
}

/** Cuts at the last line end before each MiB. */
function* blocksOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const last = at + MAX_RECORD_BODY_BYTES >= bytes.length;
    const end = last ? bytes.length : bytes.lastIndexOf(LF, at + MAX_RECORD_BODY_BYTES - 1) + 1;
    yield bytes.subarray(at, end);
    at = end;
  }
}

function runsOf(body: Buffer, firstMs: number): WireRun[] {
  const runs: WireRun[] = [];
  for (let at = 0; at < body.length; ) {
    const found = body.indexOf(LF, Math.min(at + READ_BYTES, body.length) - 1);
    const end = found === -1 ? body.length : found + 1;
    const lines = linesIn(body.subarray(at, end));
    runs.push(wireRun({ stream: STDOUT, timeMs: firstMs + runs.length, lines, bytes: end - at, flags: 0 }));
    at = end;
  }
  return runs;
}

function linesIn(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) lines += 1;
  return lines;
}

function eventRecord(data: Buffer, at: number, arrivalMs: number): KinesisEventRecord {
  const sequenceNumber = String(at + 1).padStart(56, '4');
  return {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: 'CAW_bench',
      sequenceNumber,
      data: data.toString('base64'),
      approximateArrivalTimestamp: arrivalMs / 1000,
    },
    eventID: `shardId-000000000000:${sequenceNumber}`,
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventName: 'aws:kinesis:record',
    awsRegion: 'us-east-1',
  };
}

function inPayloads(records: readonly KinesisEventRecord[]): KinesisEventRecord[][] {
  const events: KinesisEventRecord[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const record of records) {
    const size = JSON.stringify(record).length + 1;
    if (bytes + size > MAX_PAYLOAD_BYTES) {
      events.push([]);
      bytes = 0;
    }
    events.at(-1)?.push(record);
    bytes += size;
  }
  return events;
}
