/** One container of a function: a Node process that holds the bundle and runs one event at a time. */
import { randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { startContainerProcess } from './container-process.ts';
import type { InvokeResult } from './invoke-result.ts';
import type { HostedOptions } from './options.ts';
import { type OutputLines, readLines } from './output-lines.ts';

export interface FunctionContainer {
  /** Undefined: the process could not be started. */
  readonly pid: number | undefined;
  /** Runs one event. After a timeout, a crash or a failed start the container is gone. */
  readonly invoke: (event: unknown) => Promise<InvokeResult>;
  readonly isGone: () => boolean;
  /** Lets the process end by itself, and ends it if it has not shortly after. */
  readonly close: () => Promise<void>;
}

const answerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('result'), value: z.string() }),
  z.object({ kind: z.literal('error'), errorType: z.string(), errorMessage: z.string() }),
]);

/** What a request to the process can end with. */
type Ending =
  | z.infer<typeof answerSchema>
  | { readonly kind: 'timeout'; readonly timeoutMs: number }
  | { readonly kind: 'exit'; readonly how: string };

/** Lambda guide, "Understanding the Lambda execution environment lifecycle": Init may take 10 seconds. */
const INIT_TIMEOUT_MS = 10_000;
const CLOSE_PATIENCE_MS = 500;

/** Starts a process and loads the bundle in it; what goes wrong there is told by the first invocation. */
export function startContainer(options: HostedOptions): FunctionContainer {
  const endMark = `END ${randomUUID()}`;
  const child = startContainerProcess(options);
  const exited = new Promise<Ending>((resolve) => {
    child.on('error', ({ message }) => resolve({ kind: 'exit', how: message }));
    child.once('exit', (code, signal) => resolve({ kind: 'exit', how: signal ?? `exit status ${code}` }));
  });
  const outputs: OutputLines[] = [];
  if (child.stdout !== null) outputs.push(readLines(child.stdout, endMark, options.onStdout));
  if (child.stderr !== null) outputs.push(readLines(child.stderr, endMark, options.onStderr));

  /** The process is gone and all its output was seen. Its own `close` event does not come after a disconnect. */
  const closed = Promise.all([exited, ...outputs.map((output) => output.ended)]);

  /** One request to the process; resolves after all output that belongs to it. */
  async function ask(message: object, timeoutMs: number): Promise<Ending> {
    let timer: NodeJS.Timeout | undefined;
    const ending = await new Promise<Ending>((resolve) => {
      child.once('message', (answer) => resolve(answerSchema.parse(answer)));
      timer = setTimeout(() => resolve({ kind: 'timeout', timeoutMs }), timeoutMs);
      void exited.then(resolve);
      // That the process is gone shows in `exited`, not here.
      if (child.connected) child.send(message, () => {});
    });
    clearTimeout(timer);
    child.removeAllListeners('message');
    if (ending.kind === 'timeout' || ending.kind === 'exit') await kill();
    else await Promise.all(outputs.map((output) => output.nextMark()));
    return ending;
  }

  async function kill(): Promise<void> {
    child.kill('SIGKILL');
    await closed;
  }

  const ready = ask(initMessage(options, endMark), INIT_TIMEOUT_MS);

  async function invoke(event: unknown): Promise<InvokeResult> {
    const requestId = randomUUID();
    const started = await ready;
    if (started.kind !== 'ready') {
      await kill();
      return toResult(started, requestId);
    }
    const deadlineMs = Date.now() + options.timeoutMs;
    const request = { kind: 'invoke', requestId, deadlineMs, event: JSON.stringify(event) };
    return toResult(await ask(request, options.timeoutMs), requestId);
  }

  async function close(): Promise<void> {
    if (child.connected) child.disconnect();
    const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_PATIENCE_MS);
    await closed;
    clearTimeout(timer);
  }

  function isGone(): boolean {
    return !child.connected || child.exitCode !== null || child.signalCode !== null;
  }

  return { pid: child.pid, invoke, close, isGone };
}

function initMessage({ name, arn, memoryMb, bundle }: HostedOptions, endMark: string): object {
  return {
    kind: 'init',
    endMark,
    bundleUrl: pathToFileURL(bundle).href,
    context: {
      functionName: name,
      functionVersion: '$LATEST',
      invokedFunctionArn: arn,
      memoryLimitInMB: String(memoryMb),
      logGroupName: `/aws/lambda/${name}`,
      logStreamName: 'local',
    },
  };
}

/** In the words that Lambda has for it. */
function toResult(ending: Ending, requestId: string): InvokeResult {
  const runtimeError = (errorType: string, what: string): InvokeResult => ({
    kind: 'error',
    errorType,
    errorMessage: `RequestId: ${requestId} Error: ${what}`,
    requestId,
  });
  if (ending.kind === 'ready') throw new Error('a container is made ready once');
  if (ending.kind === 'result') return { kind: 'result', value: JSON.parse(ending.value), requestId };
  if (ending.kind === 'error') return { ...ending, requestId };
  if (ending.kind === 'exit') {
    return runtimeError('Runtime.ExitError', `Runtime exited with error: ${ending.how}`);
  }
  const seconds = (ending.timeoutMs / 1000).toFixed(2);
  return runtimeError('Sandbox.Timedout', `Task timed out after ${seconds} seconds`);
}
