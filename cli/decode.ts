import { once } from 'node:events';
import { decodeRecord } from '../shared/record/decode.ts';
import { STDERR } from '../shared/record/format.ts';
import type { LineGroup, Run, UnreadableReason } from '../shared/record/lines.ts';

/** Base64 of the largest record that is read, with room for line breaks. */
const MAX_INPUT_BYTES = 24 * 1024 * 1024;
const WRITE_BYTES = 64 * 1024;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** Control characters, and those that turn the direction of text; tabs are harmless. */
const UNSAFE = /(?!\t)[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** What each of our reasons means, and what to do about it. */
const WORDS: Readonly<Record<UnreadableReason, string>> = {
  empty: 'it holds no bytes. Check the command before the pipe.',
  'too-large': 'it decodes to more than 16 MiB. Have its producer write smaller records.',
  'corrupt-compression':
    'its compressed data is damaged or incomplete. Fetch the record again, as bytes or base64.',
  'zstd-unsupported':
    'it is compressed with zstd, which this version of Node cannot read. Use Node 22.15 or later.',
  'bad-header': 'its header line is not one that this program writes. Look at the program that wrote it.',
  'newer-record': 'a newer version wrote it. Update log-drain and try again.',
  'runs-mismatch':
    'its header announces other lines than it holds. Fetch the record again; if it stays so, look at its producer.',
  'unknown-format':
    'it is neither a record of the shipper nor JSON lines. Pipe the data of one Kinesis record, as bytes or base64.',
  'bad-agent-id':
    'an agent id in it is not valid (letters, digits, "_", "." and "-", up to 128, not "default"). Correct it at the producer.',
  'no-agent-id': 'a line in it has no agent_id. Add it at the producer.',
  'corrupt-aggregate':
    'it is an aggregate of the Kinesis Producer Library, but damaged. Fetch the record again.',
};

export interface DecodeInput {
  readonly stdin: AsyncIterable<unknown>;
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream;
  /** One JSON object per line of the record instead of text. */
  readonly json: boolean;
  /** Epoch ms, for lines that carry no time of their own; default Date.now. */
  readonly now?: () => number;
}

/** `log-drain decode`: one record's data on stdin, as bytes or base64, to its lines on stdout. Resolves to the exit code. */
export async function decodeCommand(input: DecodeInput): Promise<number> {
  const data = await readInput(input.stdin);
  const decoded =
    data === undefined
      ? ({ kind: 'unreadable', reason: 'too-large' } as const)
      : decodeRecord(fromBase64(data), { arrivalMs: (input.now ?? Date.now)() });
  if (decoded.kind === 'unreadable') {
    input.stderr.write(
      `log-drain decode: cannot read the record (${decoded.reason}): ${WORDS[decoded.reason]}\n`,
    );
    return 1;
  }
  if (decoded.groups.length === 0) input.stderr.write('log-drain decode: the record holds no lines.\n');
  const format = input.json ? jsonLine : input.stdout.isTTY === true ? safeTextLine : textLine;
  await writeAll(input.stdout, formatted(decoded.groups, format));
  return 0;
}

async function readInput(stdin: AsyncIterable<unknown>): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    const part = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (!Buffer.isBuffer(part)) continue;
    bytes += part.length;
    if (bytes > MAX_INPUT_BYTES) return undefined;
    chunks.push(part);
  }
  return Buffer.concat(chunks);
}

/** No record is base64 as it stands: compressed data is not ASCII, and JSON begins with a bracket or brace. */
function fromBase64(data: Buffer): Buffer {
  const text = data.toString('latin1').replace(/\s+/g, '');
  return BASE64.test(text) ? Buffer.from(text, 'base64') : data;
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
  return textLine(line).replace(UNSAFE, escaped);
}

function jsonLine({ group, run, at }: PlacedLine): string {
  const level = group.levels?.[at];
  return JSON.stringify({
    time: new Date(run.timeMs).toISOString(),
    stream: streamName(run),
    agent_id: group.agentId,
    worker_id: group.workerId,
    ...(group.boot !== undefined && { boot: group.boot }),
    seq: group.seq + at,
    ...(level !== undefined && { level }),
    text: textOf(group, at),
  }).replace(UNSAFE, escaped);
}

function streamName(run: Run): string {
  return run.stream === STDERR ? 'stderr' : 'stdout';
}

function textOf({ bytes, starts, ends }: LineGroup, at: number): string {
  return bytes.toString('utf8', starts[at], ends[at]);
}

/** As JSON escapes it. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
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
