import { KinesisClient, type KinesisClientConfig, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import type { StreamAddress } from './messages.ts';
import type { PutResult } from './put-loop.ts';
import { createRequestHandler } from './request-handler.ts';
import { nameTrouble } from './trouble.ts';

/** A small call is answered in milliseconds; a full one may take a slow uplink a while. */
const CALL_TIMEOUT_MS = 5_000;
const CALL_TIMEOUT_MS_PER_MIB = 4_000;

/** A record for PutRecords. */
export interface KeyedRecord {
  readonly data: Buffer;
  readonly partitionKey: string;
}

/** Makes the function that puts records in one call, by a client that is renewed when it is in doubt. */
export function createPut(stream: StreamAddress): (records: readonly KeyedRecord[]) => Promise<PutResult> {
  let client: Client | undefined;

  return async (records) => {
    client ??= createClient(stream.region);
    const used = client;
    used.calls += 1;
    try {
      const command = new PutRecordsCommand({
        StreamName: stream.name,
        ...(stream.arn === undefined ? {} : { StreamARN: stream.arn }),
        Records: records.map(({ data, partitionKey }) => ({ Data: data, PartitionKey: partitionKey })),
      });
      const bytes = records.reduce((sum, { data }) => sum + data.length, 0);
      const timeoutMs = CALL_TIMEOUT_MS + (bytes / 1024 ** 2) * CALL_TIMEOUT_MS_PER_MIB;
      const answer = await withTimeout(timeoutMs, (abortSignal) =>
        used.kinesis.send(command, { abortSignal }),
      );
      const results = answer.Records ?? [];
      return {
        kind: 'answered',
        failed: records.flatMap((_, at) => (results[at]?.SequenceNumber === undefined ? [at] : [])),
      };
    } catch (error) {
      const trouble = nameTrouble(error, stream);
      if (trouble.renew && client === used) client = undefined;
      return { kind: 'failed', trouble: trouble.text };
    } finally {
      used.calls -= 1;
      if (client !== used && used.calls === 0) used.kinesis.destroy();
    }
  };
}

interface Client {
  readonly kinesis: KinesisClient;
  calls: number;
}

function createClient(region: string | undefined): Client {
  // `ignoreCache` goes to the credential providers: else a profile that appears later would never be seen.
  const config: KinesisClientConfig & { readonly ignoreCache: boolean } = {
    ...(region === undefined ? {} : { region }),
    maxAttempts: 1,
    requestHandler: createRequestHandler(),
    ignoreCache: true,
  };
  return { kinesis: new KinesisClient(config), calls: 0 };
}

/** The SDK's own timeouts wait for a body that is being written, so this one does not rely on them. */
async function withTimeout<T>(timeoutMs: number, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(Object.assign(new Error('no answer'), { code: 'no answer in time' }));
      controller.abort();
    }, timeoutMs);
  });
  try {
    return await Promise.race([call(controller.signal), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
