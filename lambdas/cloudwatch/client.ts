import {
  CloudWatchLogsClient,
  type CloudWatchLogsClientConfig,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  type RejectedLogEventsInfo,
} from '@aws-sdk/client-cloudwatch-logs';
import { systemClock } from '../../shared/base/clock.ts';
import { withinTime } from '../../shared/base/time-limit.ts';
import type { Network } from '../../shared/destination/network.ts';
import { joinTransport, type Transport } from './agent.ts';
import { assumedRole } from './assumed-role.ts';
import { BadAnswerError } from './fault.ts';
import type { CloudWatchSettings, Identity } from './settings.ts';

const REQUEST_TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/** The three calls that the drain makes. Each is one request; errors are the SDK's. */
export interface LogsClient {
  /** Sends a ready body; resolves with what the service did not take. */
  readonly putLogEvents: (body: Buffer, signal: AbortSignal) => Promise<RejectedLogEventsInfo | undefined>;
  readonly createLogStream: (group: string, stream: string, signal: AbortSignal) => Promise<void>;
  readonly createLogGroup: (group: string, signal: AbortSignal) => Promise<void>;
  readonly close: () => void;
}

/** A request or response as middleware sees it. */
function hasBody(message: unknown): message is { body: unknown } {
  return typeof message === 'object' && message !== null && 'body' in message;
}

function isStream(body: unknown): body is AsyncIterable<Buffer> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

/** Replaces the stream of an answer by its first bytes. */
async function readBody(response: unknown): Promise<void> {
  if (!hasBody(response) || !isStream(response.body)) return;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= MAX_ANSWER_BYTES) break;
  }
  response.body = Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES);
}

/** Under the limit of the attempt, and our own. */
function within<T>(
  signal: AbortSignal,
  send: (limit: { readonly abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const limit = { clock: systemClock, ms: REQUEST_TIMEOUT_MS, outer: signal };
  return withinTime(limit, (abortSignal) => send({ abortSignal }));
}

interface ClientParts {
  readonly transport: Transport;
  readonly credentials: NonNullable<CloudWatchLogsClientConfig['credentials']>;
}

function credentialsOf(identity: Identity, network: Network, agentId: string): ClientParts['credentials'] {
  if (identity.kind === 'role') return assumedRole(identity.arn, network, agentId);
  const { accessKeyId, secretAccessKey, sessionToken } = identity;
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

/**
 * A client whose identity, region and endpoint come from the settings alone: everything that the SDK would otherwise
 * look for in the function's environment or in profile files is given.
 */
function createSdkClient(
  { region, url }: CloudWatchSettings,
  { client: userAgent }: Network,
  { transport, credentials }: ClientParts,
): CloudWatchLogsClient {
  const client = new CloudWatchLogsClient({
    region,
    endpoint: url.origin,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    credentials,
    authSchemePreference: ['sigv4'],
    defaultsMode: 'standard',
    // The engine repeats attempts; it also keeps the client, and with it the correction of a skewed clock.
    retryMode: 'standard',
    maxAttempts: 1,
    customUserAgent: userAgent,
    userAgentAppId: () => Promise.resolve(undefined),
    requestHandler: transport.requestHandler,
  });
  // It would pass the function's own trace id on to the customer's account.
  client.middlewareStack.remove('recursionDetectionMiddleware');
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      await readBody(result.response);
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'boundedAnswer' },
  );
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (!transport.wasStale(error)) throw error;
      }
      transport.dropIdle();
      return next(args);
    },
    { step: 'deserialize', priority: 'low', name: 'freshSocket' },
  );
  return client;
}

/** The service always answers with a JSON object, and marks errors by `__type`; what is in between may do otherwise. */
function isBadAnswer(body: Uint8Array): boolean {
  return body.length === 0 || Buffer.from(body).includes('"__type"');
}

/** PutLogEvents whose body is ours byte for byte; length, signature and target are the SDK's. */
function putCommand(body: Buffer): PutLogEventsCommand {
  const command = new PutLogEventsCommand({ logGroupName: '-', logStreamName: '-', logEvents: [] });
  command.middlewareStack.add(
    (next) => async (args) => {
      if (hasBody(args.request)) args.request.body = body;
      const result = await next(args);
      const { response } = result;
      if (hasBody(response) && response.body instanceof Uint8Array && isBadAnswer(response.body))
        throw new BadAnswerError();
      return result;
    },
    { step: 'build', priority: 'high', name: 'readyBody' },
  );
  return command;
}

/** Opens a client for one agent. */
export function createLogsClient(
  settings: CloudWatchSettings,
  network: Network,
  agentId: string,
): LogsClient {
  const transport = joinTransport(settings.url, network);
  const client = createSdkClient(settings, network, {
    transport,
    credentials: credentialsOf(settings.identity, network, agentId),
  });
  return {
    putLogEvents: async (body, signal) => {
      const output = await within(signal, (limit) => client.send(putCommand(body), limit));
      return output.rejectedLogEventsInfo;
    },
    createLogStream: async (logGroupName, logStreamName, signal) => {
      const command = new CreateLogStreamCommand({ logGroupName, logStreamName });
      await within(signal, (limit) => client.send(command, limit));
    },
    createLogGroup: async (logGroupName, signal) => {
      const command = new CreateLogGroupCommand({ logGroupName });
      await within(signal, (limit) => client.send(command, limit));
    },
    // Not the client's `destroy`, which would close the sockets of all.
    close: transport.close,
  };
}
