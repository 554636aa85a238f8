import type { ByteWriter } from './byte-writer.ts';
import type { Line } from './contract.ts';

/** What stands around a line's text and its number where a line is a JSON object; ASCII. */
export interface JsonFields {
  /** Up to the quote before the text. */
  readonly before: string;
  /** From the quote after the text up to the number. */
  readonly between: string;
  readonly after: string;
}

/** Writes a line as a JSON object. */
export function writeJsonLine(
  out: ByteWriter,
  { bytes, start, end, seq }: Line,
  { before, between, after }: JsonFields,
): void {
  out.ascii(before);
  out.jsonText(bytes, start, end);
  out.ascii(between);
  out.integer(seq);
  out.ascii(after);
}
