import { KinesisClient, type KinesisClientConfig, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import type { StreamAddress } from '../../protocol/messages.ts';
import { nameTrouble } from './failure.ts';
import type { PutResult } from './put-loop.ts';
import { createBodyMemory, type KeyedRecord, putRecordsBody } from './request-body.ts';
import { createRequestHandler } from './request-handler.ts';

/** A small call is answered in milliseconds; a full one may take a slow uplink a while. */
const CALL_TIMEOUT_MS = 5_000;
/** Of the request's body. */
const CALL_TIMEOUT_MS_PER_MIB = 3_000;

/** Makes the function that puts records in one call, by a client that is renewed when it is in doubt. */
export function createPut(stream: StreamAddress): (records: readonly KeyedRecord[]) => Promise<PutResult> {
  let client: Client | undefined;
  const memory = createBodyMemory();

  return async (records) => {
    client ??= createClient(stream.region);
    const used = client;
    used.calls += 1;
    try {
      const body = putRecordsBody(stream, records, memory.take);
      const timeoutMs = CALL_TIMEOUT_MS + (body.length / 1024 ** 2) * CALL_TIMEOUT_MS_PER_MIB;
      const answer = await withTimeout(timeoutMs, (abortSignal) =>
        used.kinesis.send(createCommand(stream, body), { abortSignal }),
      );
      // A call that fails may still be written from it.
      memory.giveBack(body);
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

/** The SDK finds the endpoint, signs, sends and reads the answer; only the body it is given. */
function createCommand({ name, arn }: StreamAddress, body: Buffer): PutRecordsCommand {
  const address = { StreamName: name, ...(arn === undefined ? {} : { StreamARN: arn }) };
  const command = new PutRecordsCommand({ ...address, Records: [] });
  // After its serializer, which made a body without records, and before its length is counted.
  command.middlewareStack.add(
    (next) => (args) => {
      Object.assign(args.request as object, { body });
      return next(args);
    },
    { step: 'build', priority: 'high', name: 'readyBody' },
  );
  return command;
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
