import { resolve } from 'node:path';
import type { ShipperOptions } from './options/options.ts';
import { createPipeline, type Pipeline } from './pipeline.ts';
import type { SpoolTask, StreamAddress } from './protocol/messages.ts';
import type { Job } from './run-context.ts';
import { spoolFolderName } from './sender/spool/spool-folder.ts';
import { senderEnvironment } from './sender-process/environment.ts';

/** Who writes the records, and where they go. */
export interface Route {
  readonly agentId: string;
  readonly workerId: string;
  readonly stream: StreamAddress;
  /** The sender's program. */
  readonly senderPath: string;
}

/** Opens the way of this start of the shipper. Loaded when the agent runs already: it should not wait for any of this. */
export function openPipeline(
  { options, say }: Pick<Job, 'options' | 'say'>,
  { agentId, workerId, stream, senderPath }: Route,
  { env, onFull }: { readonly env: NodeJS.ProcessEnv; readonly onFull: (full: boolean) => void },
): Pipeline {
  const boot = newBoot();
  return createPipeline({
    ...options,
    source: { agentId, workerId, boot },
    stream,
    sender: { path: senderPath, env: senderEnvironment(env) },
    spool: spoolTask(options, boot),
    say,
    onFull,
  });
}

/** A name for this start among the worker's. Not by `node:crypto`, which would be loaded for this alone: 0.7 MiB. */
function newBoot(): string {
  const half = (): string => Math.random().toString(36).slice(2, 10);
  return half() + half();
}

function spoolTask({ spool, spoolBytes, whenFull }: ShipperOptions, boot: string): SpoolTask | undefined {
  if (spool === undefined) return undefined;
  const folder = spoolFolderName(Date.now(), boot);
  return { dir: resolve(spool), folder, maxBytes: spoolBytes, dropWhenFull: whenFull === 'drop' };
}
