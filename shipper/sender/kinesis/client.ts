import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import type { Clock, Timer } from '../../../shared/base/clock.ts';
import type { StreamAddress } from '../../protocol/messages.ts';
import { type Client, createClients } from './clients.ts';
import { CredentialsFailure, createCredentials, type Identity } from './credentials.ts';
import { describeEntry, describeFailure } from './failure.ts';
import { ALWAYS_HTTP1 } from './http-version.ts';
import { createCredentialsLoad } from './load-credentials.ts';
import type { PutResult } from './put-loop.ts';
import { createBodyBuffer, type KeyedRecord, putRecordsBody } from './request-body.ts';
import { createRequestHandler } from './request-handler.ts';
import { watchWait } from './watch-wait.ts';

/** A small call is answered within milliseconds, but a full one may take a while on a slow uplink. */
const CALL_TIMEOUT_MS = 5_000;
/** On top, per MiB of the request's body. */
const CALL_TIMEOUT_MS_PER_MIB = 3_000;

/** Puts records in one call; a failure is a result, not an error. */
export type PutRecords = (records: readonly KeyedRecord[]) => Promise<PutResult>;

export interface PutRecordsOptions {
  readonly stream: StreamAddress;
  readonly clock: Pick<Clock, 'now' | 'monotonic' | 'after' | 'sleep'>;
  /** A call waits, for this reason in plain words; `isLong`: for so long that it is to be told. */
  readonly onWaiting: (reason: string, isLong: boolean) => void;
}

export type CreatePutRecords = (options: PutRecordsOptions) => PutRecords;

/** A `PutRecords` by the SDK, whose client is renewed when its connection or credentials are in doubt. */
export function createPutRecords({ stream, clock, onWaiting }: PutRecordsOptions): PutRecords {
  const bodies = createBodyBuffer();
  const clients = createClients(stream.region, clock);
  const credentials = createCredentials(
    createCredentialsLoad(stream.region, () => createRequestHandler(ALWAYS_HTTP1)),
    clock,
  );

  /** Not within the call's own time: a provider may be slow, and is asked once for all calls. */
  const authorize = async (): Promise<Identity> => {
    const reason = (): string => `waiting for AWS credentials from ${credentials.source()}`;
    const watch = watchWait(clock, (isLong) => onWaiting(reason(), isLong));
    try {
      return await credentials.get();
    } finally {
      watch.end();
    }
  };

  const call = async (records: readonly KeyedRecord[], { kinesis }: Client): Promise<PutResult> => {
    const body = putRecordsBody(stream, records, bodies.acquire);
    const timeoutMs = CALL_TIMEOUT_MS + (body.length / 1024 ** 2) * CALL_TIMEOUT_MS_PER_MIB;
    const watch = watchWait(clock, () => onWaiting('Kinesis has not answered yet', false));
    try {
      const answer = await withTimeout(clock, timeoutMs, (abortSignal) =>
        kinesis.send(createCommand(stream, body), { abortSignal }),
      );
      // Not after a failure: the call may still be writing from the buffer.
      bodies.release(body);
      return readAnswer(answer.Records, records.length, stream);
    } finally {
      watch.end();
    }
  };

  return async (records) => {
    let client: Client | undefined;
    try {
      const identity = await authorize();
      client = clients.use(identity);
      return await call(records, client);
    } catch (error) {
      if (error instanceof CredentialsFailure)
        return { kind: 'failed', reason: error.message, passes: false };
      const { reason, passes, renew, newCredentials } = describeFailure(error, stream);
      if (newCredentials && client !== undefined) credentials.refuse(client.identity);
      if (renew && client !== undefined) clients.drop(client);
      return { kind: 'failed', reason, passes };
    } finally {
      if (client !== undefined) clients.release(client);
    }
  };
}

interface Entry {
  readonly SequenceNumber?: string | undefined;
  readonly ErrorCode?: string | undefined;
}

/** An entry with an error code is a refusal, whatever else it holds; so is one that is missing. */
function readAnswer(
  entries: readonly Entry[] | undefined,
  records: number,
  stream: StreamAddress,
): PutResult {
  const failed: number[] = [];
  for (let at = 0; at < records; at += 1) {
    const entry = entries?.[at];
    if (entry?.SequenceNumber === undefined || (entry.ErrorCode ?? '') !== '') failed.push(at);
  }
  const [first] = failed;
  if (first === undefined) return { kind: 'answered', failed };
  return { kind: 'answered', failed, failure: describeEntry(entries?.[first]?.ErrorCode, stream) };
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
