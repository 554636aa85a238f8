import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlackHole } from './black-holes.ts';
import type { Workshop } from './workshop.ts';

export interface ShipperRun {
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
}

interface AgentAndFlags {
  /** Its command. */
  readonly agent: readonly string[];
  readonly flags?: readonly string[];
}

/** How the built shipper is run in front of a command, with a black hole for a stream. */
export function shipperRun(
  workshop: Workshop,
  kinesis: BlackHole,
  { agent, flags = ['--no-tee', '--when-full', 'block'] }: AgentAndFlags,
): ShipperRun {
  return {
    command: [process.execPath, join(workshop.dist, 'log-drain.mjs'), 'run', ...flags, '--', ...agent],
    env: {
      PATH: process.env['PATH'] ?? '',
      LOG_DRAIN_STREAM: 'bench',
      LOG_DRAIN_AGENT_ID: 'CA_bench',
      LOG_DRAIN_WORKER_ID: 'CAW_bench',
      AWS_ENDPOINT_URL_KINESIS: `http://127.0.0.1:${kinesis.port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'AKIABENCH',
      AWS_SECRET_ACCESS_KEY: 'bench',
    },
  };
}

/** Throws unless the shipper's own summary says that Kinesis took every line. */
export async function expectAllTaken(summaryFile: string, lines: number): Promise<void> {
  const summary = JSON.parse(await readFile(summaryFile, 'utf8')) as {
    readonly lines: { readonly stdout: number };
    readonly dropped: number;
    readonly unsent: number;
  };
  if (summary.lines.stdout !== lines || summary.dropped > 0 || summary.unsent > 0) {
    throw new Error(`the shipper did not deliver ${lines} lines: ${JSON.stringify(summary)}`);
  }
}
