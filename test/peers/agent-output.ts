import { readFileSync } from 'node:fs';

const CORPUS = 'test/fixtures/corpus';

/** Texts that framing, escaping, splitting or a receiver's own parser could spoil. */
const HOSTILE = [
  'a plain line',
  '',
  ' with spaces around ',
  'a\ttab',
  '\t',
  '-',
  '[id@1 name="value"] like structured data',
  '<13>1 2026-01-01T00:00:00Z host app proc - - like a message',
  '12 begins with a number',
  'like our escapes: #011 #033 #043 #177 #400 #',
  'controls: \u0001 \u0007 \u001b[31mred\u001b[0m \0 \u007f',
  'a\rcarriage return',
  'line ends of Unicode: \u0085 \u2028 \u2029',
  'héllo ☃ 😀 e\u0301',
  'a mark \ufeff within',
  'like templates: %msg% $MESSAGE ${HOST} %s',
  'back\\slash and "quotes"',
  '',
  '',
  '{"level":"error","msg":"an error"}',
  'é'.repeat(9_000),
  '😀'.repeat(5_000),
  `${'x'.repeat(8_150)}\0\u0001\u001b${'y'.repeat(8_000)}`,
  'z'.repeat(300_000),
  'the last line',
].join('\n');

/** One of each length from just below to just above what fits into a message of 8,096 bytes with its header. */
const EDGES = Array.from({ length: 30 }, (_, at) => 'e'.repeat(8_010 + at)).join('\n');

/** What an agent may write, by name. */
export const OUTPUTS: Readonly<Record<string, Buffer>> = {
  'hostile lines': Buffer.from(`${HOSTILE}\n`),
  'lines about as long as a message may be': Buffer.from(`${EDGES}\n`),
  'bytes that are no text': readFileSync(`${CORPUS}/weird.log`),
  'the log of an agent': readFileSync(`${CORPUS}/agent.log`),
};
