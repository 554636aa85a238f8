import { once } from 'node:events';
import { join } from 'node:path';
import { type DestinationId, MANIFESTS } from '../../lambdas/registry.ts';
import { startSecretsManager } from '../../local/aws/secrets-manager.ts';
import { createEmfCollector } from '../../local/function/emf.ts';
import { lambdaHeapFlags } from '../../local/function/lambda-heap.ts';
import { functionEnvironment } from '../../local/function-environment.ts';
import { createAuthority } from '../../receivers/kit/certificate.ts';
import { RECEIVERS } from '../../receivers/receivers.ts';
import type { Invoked, InvokeTask } from '../programs/invoke.ts';
import { openBlackHole } from './black-holes.ts';
import { ask, type Workshop } from './workshop.ts';

/** As deployed: half a gigabyte. */
const MEMORY_MB = 512;
const KEY_DIGITS = 32;

/** What the function did, and what came out of it, warm events included. */
export interface InvokedAtWork extends Invoked {
  readonly delivered: number;
  /** Of request bodies; of syslog's, what TLS carried. */
  readonly sentBytes: number;
  /** Of its own logs and metrics. */
  readonly loggedBytes: number;
}

/** What the built functions need around them: their secrets, and services that take everything. */
export interface FunctionsAtWork {
  readonly invoke: (bundle: string, task: Omit<InvokeTask, 'bundle'>) => Promise<InvokedAtWork>;
  readonly bundleOf: (id: DestinationId) => string;
  /** Settings with a key of their own; all others have the default's. */
  readonly giveAccounts: (id: DestinationId, agents: readonly string[]) => void;
  readonly close: () => Promise<void>;
}

export async function openFunctions(workshop: Workshop): Promise<FunctionsAtWork> {
  const authority = createAuthority();
  const [secrets, http, syslog] = await Promise.all([
    startSecretsManager(),
    openBlackHole(workshop, { kind: 'http' }),
    openBlackHole(workshop, { kind: 'syslog', identity: authority.issueServer() }),
  ]);
  const store = (owner: string, id: DestinationId, key: string): void => {
    const { protocol, settingsAt } = RECEIVERS[id];
    const { port } = { http, syslog }[protocol];
    const address = { scheme: 'http', authority: `127.0.0.1:${port}`, key, ca: authority.cert } as const;
    secrets.set(`log-drain/${owner}/${id}`, JSON.stringify(settingsAt(address)));
  };
  for (const { id } of MANIFESTS) store('default', id, 'b'.repeat(KEY_DIGITS));
  // Nothing is ever parked here: there is no S3 behind this address.
  const env = {
    ...functionEnvironment({ secretsManager: secrets.endpoint, s3: 'http://127.0.0.1:9' }),
    BENCH_BLACK_HOLE: `http://127.0.0.1:${http.port}`,
  };

  return {
    bundleOf: (id) => join(workshop.dist, 'lambdas', id, 'index.mjs'),
    giveAccounts: (id, agents) => {
      for (const [at, agent] of agents.entries()) {
        store(agent, id, at.toString(16).padStart(KEY_DIGITS, '0'));
      }
    },
    invoke: async (bundle, task) => {
      const metrics = createEmfCollector();
      let loggedBytes = 0;
      await Promise.all([http.swallowed(), syslog.swallowed()]);
      const { child, answer } = await ask(
        workshop.program('invoke'),
        { ...task, bundle },
        {
          env: { ...env, AWS_EC2_METADATA_DISABLED: 'true' },
          execArgv: [...lambdaHeapFlags(MEMORY_MB)],
          stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
          onLine: (line) => {
            loggedBytes += Buffer.byteLength(line);
            metrics.line(line);
          },
        },
      );
      if (child.exitCode === null) await once(child, 'close');
      const sent = await Promise.all([http.swallowed(), syslog.swallowed()]);
      const sentBytes = sent.reduce((sum, { bytes }) => sum + bytes, 0);
      const delivered = metrics.metric('LinesDelivered').sum;
      return { ...(answer as Invoked), delivered, sentBytes, loggedBytes };
    },
    close: async () => {
      await Promise.all([secrets.close(), http.close(), syslog.close()]);
    },
  };
}
