import { createHash } from 'node:crypto';

export type StreamName = 'stdout' | 'stderr';

/** What the writing agent does, in order. The same plan tells what it has written, byte for byte. */
export type Step =
  /** Numbered lines, counted on from step to step. */
  | {
      readonly kind: 'lines';
      readonly count: number;
      /** Of each line with its LF; default 120. */
      readonly bytes?: number;
      /** Lines of one write; below 1: parts of a line, such as 1/64. Default 1. */
      readonly perWrite?: number;
      readonly stream?: StreamName;
      /** Lines a second; default: as fast as it goes. */
      readonly rate?: number;
    }
  /** Bytes as they are, over and over. */
  | { readonly kind: 'bytes'; readonly base64: string; readonly times?: number; readonly stream?: StreamName }
  | { readonly kind: 'wait'; readonly ms: number }
  /** Tells whoever watches that all before is written. */
  | { readonly kind: 'tell'; readonly file: string }
  /** Goes on when the file is there. */
  | { readonly kind: 'wait-for'; readonly file: string }
  /** Without another word: `exit` by `process.exit`, a signal by itself. */
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'die'; readonly signal: NodeJS.Signals }
  /** Goes on in spite of it from now on. */
  | { readonly kind: 'ignore'; readonly signal: NodeJS.Signals }
  /** SIGKILL, right behind its last write, for the shipper that it writes to, and for that one's sender; the agent ends. */
  | { readonly kind: 'kill-shipper'; readonly sender: boolean };

export interface Plan {
  /** In each numbered line: no output of ours may hold it. */
  readonly marker: string;
  /** Tells lines of several agents apart. */
  readonly name: string;
  readonly steps: readonly Step[];
}

/** One write to a stream. */
export interface Write {
  readonly stream: StreamName;
  readonly chunk: Buffer;
}

/** Nothing is written after these. */
const LAST: ReadonlySet<Step['kind']> = new Set(['exit', 'die', 'kill-shipper']);

const DEFAULT_BYTES = 120;
const LEVELS = ['info', 'debug', 'warn', 'info', 'error', 'info'];
/** Words enough that lines compress as an agent's do, not as one line repeated. */
const FILLER = Array.from({ length: 64 }, (_, i) =>
  createHash('sha256').update(String(i)).digest('base64url'),
);

/** Line `n` of an agent, `bytes` long with its LF. */
function lineOf({ marker, name }: Plan, n: number, bytes: number): string {
  const head = `{"level":"${LEVELS[n % LEVELS.length]}","message":"${marker} ${name} ${n}","pad":"`;
  let pad = '';
  for (let i = n; head.length + pad.length + 3 < bytes; i += 7) pad += FILLER[i % FILLER.length];
  return `${head}${pad.slice(0, Math.max(0, bytes - head.length - 3))}"}\n`;
}

/** The writes of one step of lines, from line `first` on. */
export function* writesOfLines(
  plan: Plan,
  step: Step & { readonly kind: 'lines' },
  first: number,
): Generator<Buffer> {
  const { count, bytes = DEFAULT_BYTES, perWrite = 1 } = step;
  if (perWrite < 1) {
    for (let n = first; n < first + count; n += 1) {
      const line = Buffer.from(lineOf(plan, n, bytes));
      const part = Math.max(1, Math.ceil(line.length * perWrite));
      for (let at = 0; at < line.length; at += part) yield line.subarray(at, at + part);
    }
    return;
  }
  for (let n = first; n < first + count; n += perWrite) {
    let text = '';
    for (let i = n; i < Math.min(n + perWrite, first + count); i += 1) text += lineOf(plan, i, bytes);
    yield Buffer.from(text);
  }
}

/** Lines that a plan writes on a stream; of `bytes` steps, their LFs. */
export function* writesOf(plan: Plan): Generator<Write> {
  let n = 0;
  for (const step of plan.steps) {
    if (LAST.has(step.kind)) return;
    if (step.kind === 'lines') {
      for (const chunk of writesOfLines(plan, step, n)) yield { stream: step.stream ?? 'stdout', chunk };
      n += step.count;
    }
    if (step.kind === 'bytes') {
      const chunk = Buffer.from(step.base64, 'base64');
      for (let i = 0; i < (step.times ?? 1); i += 1) yield { stream: step.stream ?? 'stdout', chunk };
    }
  }
}
