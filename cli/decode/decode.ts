import { decodeRecord } from '../../shared/record/decode.ts';
import type { UnreadableReason } from '../../shared/record/lines.ts';
import { writeLines } from '../base/lines.ts';

/** Base64 of the largest record that is read, with room for line breaks. */
const MAX_INPUT_BYTES = 24 * 1024 * 1024;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** What each of our reasons means, and what to do about it. */
const WORDS: Readonly<Record<UnreadableReason, string>> = {
  empty: 'it holds no bytes. Check the command before the pipe.',
  'too-large': 'it decodes to more than 16 MiB. Have its producer write smaller records.',
  'too-many-parts':
    'it holds more agents, workers, lines or changes between them than a function has memory for (docs/operate.md). Have its producer write smaller records.',
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
  await writeLines(decoded.groups, input);
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
