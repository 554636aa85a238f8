import { once } from 'node:events';
import { STDERR } from '../../shared/record/format.ts';
import { type LineGroup, type Run, textOf } from '../../shared/record/lines.ts';
import { safeText } from './output.ts';

const WRITE_BYTES = 64 * 1024;

export interface LinesOutput {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** One JSON object a line instead of text. */
  readonly json: boolean;
}

/** Writes a record's lines; on a terminal without characters that it would act on. */
export async function writeLines(groups: readonly LineGroup[], { stdout, json }: LinesOutput): Promise<void> {
  const format = json ? jsonLine : stdout.isTTY === true ? safeTextLine : textLine;
  await writeAll(stdout, formatted(groups, format));
}

interface PlacedLine {
  readonly group: LineGroup;
  readonly run: Run;
  /** Within the group. */
  readonly at: number;
}

type Format = (line: PlacedLine) => string;

function* formatted(groups: readonly LineGroup[], format: Format): Generator<string> {
  for (const group of groups) {
    for (const run of group.runs) {
      for (let at = run.first; at < run.first + run.count; at += 1) yield `${format({ group, run, at })}\n`;
    }
  }
}

function textLine({ group, run, at }: PlacedLine): string {
  const time = new Date(run.timeMs).toISOString();
  return `${time} ${streamName(run)} ${group.workerId} ${group.seq + at} ${textOf(group, at)}`;
}

function safeTextLine(line: PlacedLine): string {
  return safeText(textLine(line));
}

function jsonLine({ group, run, at }: PlacedLine): string {
  const level = group.levels?.[at];
  return safeText(
    JSON.stringify({
      time: new Date(run.timeMs).toISOString(),
      stream: streamName(run),
      agent_id: group.agentId,
      worker_id: group.workerId,
      ...(group.boot !== undefined && { boot: group.boot }),
      seq: group.seq + at,
      ...(level !== undefined && { level }),
      text: textOf(group, at),
    }),
  );
}

function streamName(run: Run): string {
  return run.stream === STDERR ? 'stderr' : 'stdout';
}

/** Waits for a slow reader; one that went away (`| head`) ends the writing. */
async function writeAll(stdout: NodeJS.WritableStream, lines: Iterable<string>): Promise<void> {
  const gone = new AbortController();
  // Left on: the error of the last write comes after its callback.
  for (const event of ['error', 'close']) stdout.on(event, () => gone.abort());
  let waiting = '';
  for (const line of lines) {
    waiting += line;
    if (waiting.length < WRITE_BYTES) continue;
    if (!stdout.write(waiting)) await once(stdout, 'drain', { signal: gone.signal }).catch(() => undefined);
    if (gone.signal.aborted) return;
    waiting = '';
  }
  if (waiting !== '') await new Promise<void>((resolve) => stdout.write(waiting, () => resolve()));
}
