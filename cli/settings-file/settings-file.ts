import { readFile } from 'node:fs/promises';
import { parseSecretText } from '../../shared/settings/secret-text.ts';
import { UsageProblem } from '../base/errors.ts';
import { decodeText } from './decode-text.ts';
import type { GivenSetting } from './given.ts';
import { parseLines } from './parse-lines.ts';
import { refusePlaceholders } from './placeholders.ts';
import { wordsForRefused } from './refused-lines.ts';

export interface SettingsFile {
  /** `-` for stdin, where there is one to read. */
  readonly file: string;
  readonly stdin?: AsyncIterable<unknown>;
  /** What the command leaves undone if the file cannot be read: `nothing was stored`. */
  readonly undone: string;
}

/**
 * Settings in a file of `NAME=VALUE` lines or of one JSON object, as people and editors write them. Throws a UsageProblem
 * that says what to type in each line that cannot be read. Messages hold no value, nor any part of one.
 */
export async function readSettingsFile({
  file,
  stdin,
  undone,
}: SettingsFile): Promise<readonly GivenSetting[]> {
  const bytes = file === '-' && stdin !== undefined ? await readAll(stdin) : await bytesOf(file);
  const refuse = (why: string): never => {
    throw new UsageProblem(`cannot read ${file === '-' ? 'stdin' : file}, ${undone}: ${why}`);
  };
  const decoded = decodeText(bytes);
  if (decoded.kind === 'bad') return refuse(decoded.why);
  const given = decoded.text.trimStart().startsWith('{')
    ? jsonSettings(decoded.text, refuse)
    : lineSettings(decoded.text, refuse);
  refusePlaceholders(given, undone);
  return given;
}

function lineSettings(text: string, refuse: (why: string) => never): readonly GivenSetting[] {
  const { settings, refused } = parseLines(text);
  return refused.length > 0 ? refuse(wordsForRefused(refused)) : settings;
}

/** As a secret is written in the AWS console. */
function jsonSettings(text: string, refuse: (why: string) => never): readonly GivenSetting[] {
  const secret = parseSecretText(text);
  if (secret.kind === 'bad') return refuse(secret.problem);
  return Object.entries(secret.values).map(([name, value]) => ({ name, value }));
}

async function bytesOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new UsageProblem(`cannot read ${file}: ${why}`);
  }
}

async function readAll(stdin: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) {
    if (typeof chunk === 'string' || Buffer.isBuffer(chunk)) chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}
