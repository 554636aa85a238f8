import { resolve } from 'node:path';
import type { Patience } from './base/patience.ts';
import { ownProcessEnvironment } from './launcher/start.ts';
import type { Bounds } from './options/bounds.ts';
import type { ShipperOptions } from './options/options.ts';
import { createPipeline, type Pipeline } from './pipeline.ts';
import type { SpoolTask, StreamAddress } from './protocol/messages.ts';
import { spoolFolderName } from './protocol/spool-folder-name.ts';
import type { RunContext } from './run-context.ts';
import { startSenderChild } from './sender-process/child.ts';
import { senderEnvironment } from './sender-process/environment.ts';

/** Who writes the records, and where they go. */
export interface Route {
  readonly agentId: string;
  readonly workerId: string;
  readonly stream: StreamAddress;
  /** Path of the sender's program. */
  readonly senderPath: string;
}

export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly bounds: Bounds;
  /** How long the agent may be made to wait for the network. */
  readonly networkPatience: Patience;
  readonly onFull: (full: boolean) => void;
}

/** Opens the pipeline of this start of the shipper. Loaded when the agent runs already, which does not wait for it. */
export function openPipeline(
  { options, log, clock }: Pick<RunContext, 'options' | 'log' | 'clock'>,
  { agentId, workerId, stream, senderPath }: Route,
  { env, bounds, networkPatience, onFull }: Surroundings,
): Pipeline {
  const { maxLineBytes, events, whenFull } = options;
  const boot = newBoot(clock.random);
  const program = { path: senderPath, env: senderEnvironment(ownProcessEnvironment(env)) };
  return createPipeline({
    maxLineBytes,
    events,
    rawBytes: bounds.rawBytes,
    bufferBytes: options.bufferBytes ?? bounds.bufferBytes,
    whenFull,
    networkPatience,
    identity: { agentId, workerId, boot },
    stream,
    startSender: (start) => startSenderChild(program, clock, start),
    spool: spoolTask(options, { startMs: clock.now(), boot, stream: stream.name }),
    clock,
    log,
    onFull,
  });
}

/** A name for this start among the worker's. Without `node:crypto`, which would be loaded only for this: 0.7 MiB. */
function newBoot(random: () => number): string {
  const half = (): string => random().toString(36).slice(2, 10);
  return half() + half();
}

function spoolTask(
  { spool, spoolBytes, whenFull }: ShipperOptions,
  start: Parameters<typeof spoolFolderName>[0],
): SpoolTask | undefined {
  if (spool === undefined) return undefined;
  const folder = spoolFolderName(start);
  return { dir: resolve(spool), folder, maxBytes: spoolBytes, dropWhenFull: whenFull !== 'block' };
}
