import { looksLikeName } from '../../shared/settings/setting-name.ts';
import { type GivenSetting, isKnown } from './given.ts';
import { readQuoted } from './quoted-value.ts';
import type { RefusedLines } from './refused-lines.ts';

/** `export NAME=VALUE`, `NAME: VALUE` */
const SETTING = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*(?:=|:(?=\s|$))(.*)$/su;
/** Commands that set a variable, and YAML's list, before `NAME=VALUE`. */
const COMMAND = /^(\$env:|(?:setx?|setenv|declare|env|-)(?=\s+[^\s=:]))/i;
const TYPOGRAPHIC = /^[\u2018-\u201f\u2032\u2033\u00ab\u00bb]|[\u2018-\u201f\u2032\u2033\u00ab\u00bb]$/;

export interface ReadLines {
  readonly settings: readonly GivenSetting[];
  readonly refused: readonly RefusedLines[];
}

/** Reads `NAME=VALUE` lines as dotenv does, but refuses what dotenv passes over or would make a part of a value. */
export function parseLines(text: string): ReadLines {
  const lines = text.split(/\r\n|\n|\r/);
  const settings: GivenSetting[] = [];
  const refused: RefusedLines[] = [];
  for (let at = 0; at < lines.length; ) {
    const { next, found } = readAt(lines, at);
    if (found !== undefined && 'why' in found) refused.push({ first: at + 1, last: next, why: found.why });
    else if (found !== undefined) settings.push({ ...found, line: at + 1 });
    at = next;
  }
  return { settings, refused };
}

type Found = Pick<GivenSetting, 'name' | 'value'> | { readonly why: string };

/** What the lines from `at` to before `next` are; nothing for blank ones and comments. */
interface Step {
  readonly next: number;
  readonly found?: Found;
}

function readAt(lines: readonly string[], at: number): Step {
  const line = (lines[at] ?? '').trim();
  const next = at + 1;
  if (line === '' || line.startsWith('#')) return { next };
  const [command] = COMMAND.exec(line) ?? [];
  if (command !== undefined) return { next, found: { why: `type NAME=VALUE without "${command}"` } };
  const [, name, rest = ''] = SETTING.exec(line) ?? [];
  if (name === undefined) return { next, found: { why: 'type NAME=VALUE' } };
  const { next: end, found } = readValue(lines, at, rest);
  if ('why' in found) return { next: end, found };
  const why = whyRefused(name, found.value);
  return { next: end, found: why === undefined ? { name, value: found.value } : { why } };
}

/** `rest` is what follows the sign, as it stands there. */
function readValue(
  lines: readonly string[],
  at: number,
  rest: string,
): { readonly next: number; readonly found: { readonly value: string } | { readonly why: string } } {
  const next = at + 1;
  const text = rest.trim();
  if (/^["'`]/.test(text)) {
    const quoted = readQuoted(lines, at, { rest: text, beginsSetting });
    return quoted.kind === 'bad' ? { next, found: quoted } : { next: quoted.next, found: quoted };
  }
  if (text.startsWith('-----BEGIN ') && !text.includes('-----END ')) {
    const why = 'put the PEM text into quotes, from -----BEGIN to the dashes after END';
    return { next: afterPem(lines, at), found: { why } };
  }
  return { next, found: unquoted(rest) };
}

function beginsSetting(line: string): boolean {
  const [, name] = SETTING.exec(line) ?? [];
  return name !== undefined && isKnown(name);
}

/** The index after the lines of a PEM text without quotes. */
function afterPem(lines: readonly string[], at: number): number {
  let next = at + 1;
  while (next < lines.length && !beginsSetting(lines[next] ?? '')) {
    next += 1;
    if (lines[next - 1]?.includes('-----END ') === true) return next;
  }
  // Without its end, nobody knows how far it goes.
  return at + 1;
}

function unquoted(rest: string): { readonly value: string } | { readonly why: string } {
  const hash = rest.indexOf('#');
  // dotenv ends the value there, but tokens and URLs may hold one.
  if (hash >= 0 && !/\s/.test(rest[hash - 1] ?? ''))
    return { why: 'the value holds a "#": put it in quotes' };
  const value = (hash < 0 ? rest : rest.slice(0, hash)).trim();
  if (TYPOGRAPHIC.test(value)) return { why: 'type straight quotes (") or none' };
  if (/["'`]$/.test(value)) return { why: 'the quote at the end has no partner' };
  if (/^[|>][+-]?$/.test(value)) return { why: 'put a text of several lines into quotes' };
  return { value };
}

function whyRefused(name: string, value: string): string | undefined {
  if (value.includes('\ufffd')) return 'not UTF-8: save the file as UTF-8';
  // Base64 ends with = or ==.
  if (!/^=?$/.test(value.trim()) || isKnown(name) || looksLikeName(name)) return undefined;
  return 'a name that nothing has, without a value: type NAME=VALUE, in one line if this goes on from the line above';
}
