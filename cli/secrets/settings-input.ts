import { readFile } from 'node:fs/promises';
import { parse } from 'dotenv';
import { UsageProblem } from '../base/errors.ts';

export interface SettingsSource {
  /** `KEY=VALUE` each. */
  readonly pairs: readonly string[];
  /** A dotenv file, `-` for stdin. */
  readonly file: string | undefined;
  readonly stdin: AsyncIterable<unknown>;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** A dotenv file ends an unquoted value at a #, which tokens and URLs may hold. */
const CUT_BY_HASH = /^\s*(?:export\s+)?([\w.-]+)\s*=\s*(?!["'`])[^#\r\n]*[^\s#]#/gm;

/** Settings by name, out of a file and out of pairs, which come first. Messages never hold a value. */
export async function readSettings(source: SettingsSource): Promise<Readonly<Record<string, string>>> {
  const fromFile = source.file === undefined ? {} : parseSettings(await textOf(source.file, source.stdin));
  const settings = { ...fromFile, ...Object.fromEntries(source.pairs.map(pairOf)) };
  const empty = Object.keys(settings).filter((name) => settings[name]?.trim() === '');
  if (empty.length > 0) throw new UsageProblem(`${empty.join(', ')} has no value`);
  return settings;
}

/** Settings in the text of a dotenv file. */
export function parseSettings(text: string): Readonly<Record<string, string>> {
  const [cut] = [...text.matchAll(CUT_BY_HASH)].map(([, name]) => name);
  if (cut !== undefined) throw new UsageProblem(`the value of ${cut} holds a "#": put it in quotes`);
  return parse(text);
}

function pairOf(pair: string): readonly [string, string] {
  const at = pair.indexOf('=');
  const name = pair.slice(0, Math.max(0, at)).trim();
  // What is no pair may be a value: it is not repeated.
  if (!NAME.test(name)) throw new UsageProblem('--secrets takes KEY=VALUE, one pair for each flag');
  return [name, pair.slice(at + 1)];
}

async function textOf(file: string, stdin: AsyncIterable<unknown>): Promise<string> {
  if (file === '-') return readAll(stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new UsageProblem(`cannot read ${file}: ${why}`);
  }
}

async function readAll(stdin: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) {
    if (typeof chunk === 'string' || Buffer.isBuffer(chunk)) chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks).toString();
}
