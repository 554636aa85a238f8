import { KinesisClient, type KinesisClientConfig, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import type { Clock, Timer } from '../../../shared/base/clock.ts';
import type { StreamAddress } from '../../protocol/messages.ts';
import { describeFailure } from './failure.ts';
import type { PutResult } from './put-loop.ts';
import { createBodyBuffer, type KeyedRecord, putRecordsBody } from './request-body.ts';
import { createRequestHandler } from './request-handler.ts';

/** A small call is answered within milliseconds, but a full one may take a while on a slow uplink. */
const CALL_TIMEOUT_MS = 5_000;
/** On top, per MiB of the request's body. */
const CALL_TIMEOUT_MS_PER_MIB = 3_000;

/** Puts records in one call; a failure is a result, not an error. */
export type PutRecords = (records: readonly KeyedRecord[]) => Promise<PutResult>;

/** A `PutRecords` by the SDK, whose client is renewed when its connection or credentials are in doubt. */
export function createPutRecords(stream: StreamAddress, clock: Pick<Clock, 'after'>): PutRecords {
  let client: Client | undefined;
  const bodies = createBodyBuffer();

  return async (records) => {
    client ??= createClient(stream.region);
    const used = client;
    used.calls += 1;
    try {
      const body = putRecordsBody(stream, records, bodies.acquire);
      const timeoutMs = CALL_TIMEOUT_MS + (body.length / 1024 ** 2) * CALL_TIMEOUT_MS_PER_MIB;
      const answer = await withTimeout(clock, timeoutMs, (abortSignal) =>
        used.kinesis.send(createCommand(stream, body), { abortSignal }),
      );
      // Not after a failure: the call may still be writing from the buffer.
      bodies.release(body);
      const results = answer.Records ?? [];
      return {
        kind: 'answered',
        failed: records.flatMap((_, at) => (results[at]?.SequenceNumber === undefined ? [at] : [])),
      };
    } catch (error) {
      const failure = describeFailure(error, stream);
      if (failure.renew && client === used) client = undefined;
      return { kind: 'failed', reason: failure.reason };
    } finally {
      used.calls -= 1;
      if (client !== used && used.calls === 0) used.kinesis.destroy();
    }
  };
}

/** The SDK finds the endpoint, signs, sends and reads the answer, but does not make the body. */
function createCommand({ name, arn }: StreamAddress, body: Buffer): PutRecordsCommand {
  const address = { StreamName: name, ...(arn === undefined ? {} : { StreamARN: arn }) };
  const command = new PutRecordsCommand({ ...address, Records: [] });
  // After the SDK's serializer, which made a body without records, and before the body's length is taken.
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
  // `ignoreCache` reaches the credential providers, which would otherwise never see a profile that appears later.
  const config: KinesisClientConfig & { readonly ignoreCache: boolean } = {
    ...(region === undefined ? {} : { region }),
    maxAttempts: 1,
    requestHandler: createRequestHandler(),
    ignoreCache: true,
  };
  return { kinesis: new KinesisClient(config), calls: 0 };
}

/** Needed since the SDK's own timeouts do not run while a body is being written. */
async function withTimeout<T>(
  clock: Pick<Clock, 'after'>,
  timeoutMs: number,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let timer: Timer | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = clock.after(timeoutMs, () => {
      reject(Object.assign(new Error('no answer'), { code: 'no answer in time' }));
      controller.abort();
    });
  });
  try {
    return await Promise.race([call(controller.signal), timeout]);
  } finally {
    timer?.cancel();
  }
}
