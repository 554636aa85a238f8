import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { createByteWriter } from '../../shared/destination/byte-writer.ts';
import type { DestinationClient, Encoder, Line, RequestHead } from '../../shared/destination/contract.ts';
import type { Outcome } from '../../shared/destination/outcome.ts';
import type { Level } from '../../shared/level/words/levels.ts';

/** Text of a golden file, by its path below test/fixtures/golden. */
export function golden(path: string): string {
  return readFileSync(new URL(`../fixtures/golden/${path}`, import.meta.url), 'utf8');
}

export function goldenJson(path: string): unknown {
  return JSON.parse(golden(path));
}

/** Texts of any characters, controls among them, as a line's bytes can hold them. */
export const anyTexts = fc.array(
  fc.string({ unit: 'binary' }).map((text) => Buffer.from(text).toString()),
  { minLength: 1 },
);

export const HEAD: RequestHead = { agentId: 'CA_abcd1234', workerId: 'CAW_zyxw9876' };

export interface LineInit {
  readonly text?: string;
  readonly workerId?: string;
  readonly timeMs?: number;
  readonly originalTimeMs?: number;
  readonly stream?: 'stdout' | 'stderr';
  readonly level?: Level;
  readonly seq?: number;
}

/** A line as an encoder gets it, its text in the middle of other bytes. */
export function makeLine(init: LineInit = {}): Line {
  const text = Buffer.from(init.text ?? 'hello world');
  return {
    workerId: init.workerId ?? HEAD.workerId,
    bytes: Buffer.concat([Buffer.from('before"'), text, Buffer.from('"after')]),
    start: 7,
    end: 7 + text.length,
    timeMs: init.timeMs ?? 1768473000000,
    originalTimeMs: init.originalTimeMs,
    stream: init.stream ?? 'stdout',
    level: init.level ?? 'info',
    seq: init.seq ?? 0,
  };
}

interface GoldenLine {
  readonly t: number;
  readonly stream: 'stdout' | 'stderr';
  readonly level: Level;
  readonly message: string;
}

/** The lines that every golden body is made of. */
export function goldenLines(): readonly Line[] {
  const { lines } = goldenJson('common/lines.json') as { lines: readonly GoldenLine[] };
  return lines.map(({ t, stream, level, message }, seq) =>
    makeLine({ text: message, timeMs: t, stream, level, seq }),
  );
}

export interface Encoded {
  readonly body: Buffer;
  /** What `line` returned, line by line. */
  readonly sizes: readonly number[];
}

export function encode(encoder: Encoder, lines: readonly Line[]): Encoded {
  const out = createByteWriter(16);
  encoder.begin?.(out);
  const sizes = lines.map((line, index) => encoder.line(out, line, index));
  encoder.end?.(out);
  return { body: out.toBuffer(), sizes };
}

export interface AttemptInit {
  readonly lines?: readonly Line[];
  readonly nowMs?: number;
  readonly agentId?: string;
}

/** Encodes lines with a drain's encoder and sends them with it, once. */
export function attempt(drain: DestinationClient, init: AttemptInit = {}): Promise<Outcome> {
  const { lines = goldenLines(), nowMs = Date.UTC(2026, 0, 15, 10, 30, 5), agentId = HEAD.agentId } = init;
  const head = { ...HEAD, agentId };
  const { body } = encode(drain.encoder(head), lines);
  const signal = AbortSignal.timeout(20_000);
  const send = drain.prepare({ ...head, body, events: lines.length, nowMs });
  // As the engine does, which writes its next request there.
  body.fill('?');
  return send(signal);
}

/** One row of a golden responses.json. */
export interface GoldenResponse {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly class: GoldenClass;
}

type GoldenClass =
  | 'success'
  | 'retry'
  | 'retry-after'
  | 'split-or-drop'
  | 'permanent-request'
  | 'permanent-event'
  | 'permanent-config'
  | 'auth';

/** What the golden classes are called here; `permanent-event` is about one event, the rest goes again. */
export const FATE_OF_CLASS: Readonly<Record<GoldenClass, Outcome['rest']['fate']>> = {
  success: 'delivered',
  retry: 'retry',
  'retry-after': 'retry',
  'split-or-drop': 'split',
  'permanent-request': 'split',
  'permanent-event': 'retry',
  'permanent-config': 'misconfigured',
  auth: 'misconfigured',
};
