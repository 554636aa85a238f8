import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { InvokeResult } from '../../../local/function/invoke-result.ts';
import { afterOwnTime } from './own-time.ts';

/** The process that the runtime lives in, as the service handles it. */
export interface Sandbox {
  /** Of the process, once it is there. */
  readonly pid: () => number | undefined;
  readonly kill: () => void;
  /** Called when the process waits for an event, and before it gets one. */
  readonly freeze: () => void;
  readonly thaw: () => void;
}

export interface RuntimeApiOptions {
  readonly sandbox: Sandbox;
  /** An invocation that takes longer ends with its process. */
  readonly timeoutMs: number;
  readonly functionArn: string;
}

export interface RuntimeApi {
  /** `host:port`, for AWS_LAMBDA_RUNTIME_API. */
  readonly address: string;
  /** Resolves when the runtime asks for its first event, or with why it does not. */
  readonly started: Promise<Failure | undefined>;
  /** Hands out an event, as JSON text, and waits until the runtime has answered it and asks for the next one. */
  readonly invoke: (event: string) => Promise<InvokeResult>;
  /** The process is gone; nothing more will come of it. */
  readonly exited: (how: string) => void;
  readonly close: () => Promise<void>;
}

export type Failure = Extract<InvokeResult, { kind: 'error' }>;

/** Of an event's JSON (docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). */
export const MAX_PAYLOAD_BYTES = 6_291_456;
/** docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
const INIT_LIMIT_MS = 10_000;

const PREFIX = '/2018-06-01/runtime';
const ANSWER = new RegExp(`^${PREFIX}/invocation/([^/]+)/(response|error)$`);

/** An invocation under way. */
interface Running {
  readonly requestId: string;
  readonly end: (result: InvokeResult) => void;
  /** Set once the runtime has posted it. */
  result?: InvokeResult;
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function failureOf(text: string, requestId: string): Failure {
  const { errorType, errorMessage } = JSON.parse(text) as { errorType: string; errorMessage: string };
  return { kind: 'error', errorType, errorMessage, requestId };
}

/**
 * The service's side of the Runtime API (docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html) on 127.0.0.1, for
 * one process: one event at a time, a deadline that kills (by the process's own time, though it is told the clock's), a freeze whenever there is nothing to do.
 */
export async function startRuntimeApi(options: RuntimeApiOptions): Promise<RuntimeApi> {
  const { sandbox, timeoutMs, functionArn } = options;
  /** The runtime's request for an event, while there is none. */
  let idle: ServerResponse | undefined;
  let running: Running | undefined;
  let gone: Failure | undefined;
  let initEnds: (failure: Failure | undefined) => void = () => undefined;
  const started = new Promise<Failure | undefined>((resolve) => {
    initEnds = resolve;
  });
  const initTimer = afterOwnTime(INIT_LIMIT_MS, sandbox.pid, () =>
    fail('Sandbox.Timedout', 'Init timed out'),
  );
  void started.then(initTimer.cancel);

  /** Ends the process and whatever waits for it. */
  function fail(errorType: string, errorMessage: string): void {
    gone ??= { kind: 'error', errorType, errorMessage };
    sandbox.kill();
    initEnds(gone);
    running?.end(running.result ?? gone);
  }

  function onNext(response: ServerResponse): void {
    idle = response;
    sandbox.freeze();
    initEnds(undefined);
    if (running?.result !== undefined) running.end(running.result);
  }

  function onAnswer(kind: string | undefined, text: string): boolean {
    if (running === undefined || running.result !== undefined) return false;
    const { requestId } = running;
    running.result =
      kind === 'response'
        ? { kind: 'result', value: JSON.parse(text), requestId }
        : failureOf(text, requestId);
    return true;
  }

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '' } = incoming;
    if (url === `${PREFIX}/invocation/next`) {
      onNext(response);
      return;
    }
    const text = await textOf(incoming);
    const [, requestId, kind] = ANSWER.exec(url) ?? [];
    const isInitError = url === `${PREFIX}/init/error`;
    if (isInitError) initEnds(failureOf(text, ''));
    const taken = isInitError || (requestId === running?.requestId && onAnswer(kind, text));
    response.writeHead(taken ? 202 : 400, { 'content-type': 'application/json' });
    response.end(JSON.stringify(taken ? { status: 'OK' } : { errorType: 'InvalidRequestID' }));
  }

  async function invoke(event: string): Promise<InvokeResult> {
    const bytes = Buffer.byteLength(event);
    if (bytes > MAX_PAYLOAD_BYTES) throw new RangeError(`no event has ${bytes} bytes`);
    const failure = (await started) ?? gone;
    if (failure !== undefined) return failure;
    const requestId = randomUUID();
    const seconds = (timeoutMs / 1000).toFixed(2);
    const timer = afterOwnTime(timeoutMs, sandbox.pid, () =>
      fail('Sandbox.Timedout', `Task timed out after ${seconds} seconds`),
    );
    try {
      return await new Promise<InvokeResult>((end) => {
        running = { requestId, end };
        sandbox.thaw();
        idle?.writeHead(200, {
          'content-type': 'application/json',
          'lambda-runtime-aws-request-id': requestId,
          'lambda-runtime-deadline-ms': Date.now() + timeoutMs,
          'lambda-runtime-invoked-function-arn': functionArn,
          'lambda-runtime-trace-id': `Root=1-${requestId.slice(0, 8)}-${requestId.replaceAll('-', '').slice(8)}`,
        });
        idle?.end(event);
      });
    } finally {
      timer.cancel();
      running = undefined;
    }
  }

  const server = createServer(
    { requestTimeout: 0, keepAliveTimeout: 0 },
    (incoming, response) => void serve(incoming, response),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    started,
    invoke,
    exited: (how) => fail('Runtime.ExitError', `Runtime exited with error: ${how}`),
    close: async () => {
      initTimer.cancel();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
