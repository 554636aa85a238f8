import zlib, { constants, gzipSync } from 'node:zlib';
import { zstd } from '../../shared/record/zlib-zstd.ts';

/** The floor of the functions: decompress, split, JSON.parse for the level, JSON.stringify of the fields, gzip. */
const BATCH = 1_000;

interface PlainEvent {
  readonly Records: readonly { readonly kinesis: { readonly data: string } }[];
}

function decompress(data: Buffer): Buffer {
  return data[0] === 0x28 && zstd !== undefined ? zstd.zstdDecompressSync(data, {}) : zlib.gunzipSync(data);
}

export async function handler(event: PlainEvent): Promise<{ batchItemFailures: readonly unknown[] }> {
  let fields: object[] = [];
  const send = (): void => {
    if (fields.length > 0) gzipSync(JSON.stringify(fields), { level: constants.Z_BEST_SPEED });
    fields = [];
  };
  for (const { kinesis } of event.Records) {
    const [, ...lines] = decompress(Buffer.from(kinesis.data, 'base64')).toString().trimEnd().split('\n');
    for (const message of lines) {
      const { level } = JSON.parse(message) as { level: string };
      fields.push({
        message,
        ddsource: 'CA_bench',
        hostname: 'CAW_bench',
        service: 'cloud.livekit.io',
        stream: 'stdout',
        status: level,
      });
      if (fields.length === BATCH) send();
    }
  }
  send();
  return { batchItemFailures: [] };
}
