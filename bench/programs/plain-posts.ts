import zlib, { constants, gzipSync } from 'node:zlib';
import { Client } from 'undici';
import { zstd } from '../../shared/record/zlib-zstd.ts';

/**
 * The floor of what agents cost that share a batch: for each record decompress, split, JSON.parse for the level,
 * JSON.stringify of the fields, gzip, and a POST of its own; as many at once as a function has.
 */
const AT_ONCE = 32;
const BATCH = 1_000;

interface PlainEvent {
  readonly Records: readonly { readonly kinesis: { readonly data: string } }[];
}

const clients = Array.from({ length: AT_ONCE }, () => new Client(process.env['BENCH_BLACK_HOLE'] ?? ''));

function decompress(data: Buffer): Buffer {
  return data[0] === 0x28 && zstd !== undefined ? zstd.zstdDecompressSync(data, {}) : zlib.gunzipSync(data);
}

function post(client: Client, body: Buffer): Promise<void> {
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
  return new Promise((resolve, reject) => {
    client.dispatch(
      { method: 'POST', path: '/', headers, body },
      {
        onRequestStart: () => {},
        onResponseStart: () => {},
        onResponseData: () => {},
        onResponseEnd: () => resolve(),
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}

function fieldsOf(message: string): object {
  const { level } = JSON.parse(message) as { level: string };
  return {
    message,
    ddsource: 'CA_bench',
    hostname: 'CAW_bench',
    service: 'cloud.livekit.io',
    stream: 'stdout',
    status: level,
  };
}

export async function handler(event: PlainEvent): Promise<{ batchItemFailures: readonly unknown[] }> {
  const records = event.Records.values();
  await Promise.all(
    clients.map(async (client) => {
      for (const { kinesis } of records) {
        const [, ...lines] = decompress(Buffer.from(kinesis.data, 'base64')).toString().trimEnd().split('\n');
        for (let at = 0; at < lines.length; at += BATCH) {
          const fields = lines.slice(at, at + BATCH).map(fieldsOf);
          await post(client, gzipSync(JSON.stringify(fields), { level: constants.Z_BEST_SPEED }));
        }
      }
    }),
  );
  return { batchItemFailures: [] };
}
