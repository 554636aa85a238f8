import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import module from 'node:module';

/*
 * Loaded before aws-lambda-ric: takes the place of its native addon, which only a C++ toolchain can build, and
 * speaks the Runtime API over node:http (docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
 */

interface Hooks {
  readonly resolve: (specifier: string, context: object, resolveNext: Resolve) => object;
}
type Resolve = (specifier: string, context: object) => object;

// Since Node 22.15.
const { registerHooks } = module as unknown as { registerHooks: (hooks: Hooks) => void };

registerHooks({
  resolve: (specifier, context, resolveNext) =>
    specifier.endsWith('/rapid-client.node')
      ? { url: import.meta.url, format: 'module', shortCircuit: true }
      : resolveNext(specifier, context),
});

// Imported as an ES module, it would load far more (WebSocket), which a function then did not seem to cost.
const { Agent, request } = process.getBuiltinModule('node:http');

const RUNTIME = `http://${process.env['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime`;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** The answer to the last invocation; the next event is asked for after it has arrived. */
let posted: Promise<unknown> = Promise.resolve();

async function send(
  path: string,
  body?: string,
  headers: Record<string, string> = {},
): Promise<IncomingMessage> {
  const outgoing = request(`${RUNTIME}${path}`, {
    agent,
    method: body === undefined ? 'GET' : 'POST',
    headers: body === undefined ? headers : { ...headers, 'content-length': Buffer.byteLength(body) },
  });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return response;
}

function post(path: string, body: string, headers: Record<string, string>): void {
  posted = send(path, body, { 'content-type': 'application/json', ...headers }).then((answer) =>
    once(answer.resume(), 'end'),
  );
}

/** Waits for the next event: its JSON text and the API's headers. */
export async function next(): Promise<{ bodyJson: string; headers: IncomingMessage['headers'] }> {
  await posted;
  const response = await send('/invocation/next');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { bodyJson: Buffer.concat(chunks).toString(), headers: response.headers };
}

/** Answers an invocation. */
export function done(requestId: string, body: string): void {
  post(`/invocation/${requestId}/response`, body, {});
}

/** Reports that an invocation failed. */
export function error(requestId: string, body: string): void {
  post(`/invocation/${requestId}/error`, body, { 'lambda-runtime-function-error-type': 'Unhandled' });
}
