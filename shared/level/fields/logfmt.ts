import type { Level } from '../words/levels.ts';
import { LEVEL_OF_WORD } from '../words/words.ts';
import { FIELDS, type Field, noFindings, resolve, valueOfText } from './fields.ts';

const START = /^[A-Za-z_@][\w.@/-]{0,63}=/;

/** Not the keys that mean something in JSON alone: `status` is a number of HTTP here, `log` a text. */
const FIELD_OF_KEY: ReadonlyMap<string, Field> = new Map(
  FIELDS.filter(({ exact }) => !exact).map((field) => [field.name, field]),
);
/** Heroku's router writes the level as `at=error`; of others it is a time, a place or what is being done. */
const AT = 'at';

/** A part of an unquoted time (`time=2026-01-15 10:30:00 UTC level=…`), as home-made formats write it. */
const TIME_PART = /^(?:[\d+-][\d:.,+-]{0,39}|UTC|GMT|[AP]M)$/;

export function isLogfmt(text: string): boolean {
  return START.test(text);
}

/** The level of a line of `key=value` pairs, up to the first word that is neither a pair nor part of a time. */
export function levelOfLogfmt(text: string): Level | undefined {
  const findings = noFindings();
  let levelOfAt: Level | undefined;
  for (const { key, value } of pairsOf(text)) {
    const field = fieldOfKey(key);
    if (field !== undefined) {
      // Of a repeated key the first counts, whatever its value.
      if (findings.values[field.index] === undefined)
        findings.values[field.index] = valueOfText(unquoted(value));
      findings.present |= 1 << field.index;
    } else if (key === AT) levelOfAt ??= LEVEL_OF_WORD.get(unquoted(value).toLowerCase());
  }
  return resolve(findings) ?? levelOfAt;
}

function* pairsOf(text: string): Generator<{ readonly key: string; readonly value: string }> {
  let at = 0;
  while (at < text.length) {
    if (text.charCodeAt(at) === 0x20 || text.charCodeAt(at) === 0x09) {
      at += 1;
      continue;
    }
    const keyEnd = wordEnd(text, at, '=');
    if (text[keyEnd] !== '=') {
      if (!TIME_PART.test(text.slice(at, keyEnd))) return;
      at = keyEnd;
      continue;
    }
    const valueEnd = endOfValue(text, keyEnd + 1);
    if (valueEnd < 0) return;
    yield { key: text.slice(at, keyEnd), value: text.slice(keyEnd + 1, valueEnd) };
    at = valueEnd;
  }
}

/** A key in capitals is a variable of the environment (`LOG_LEVEL=debug`). */
function fieldOfKey(key: string): Field | undefined {
  return key === key.toUpperCase() ? undefined : FIELD_OF_KEY.get(key.toLowerCase());
}

function wordEnd(text: string, from: number, stop: string): number {
  let at = from;
  while (at < text.length && text[at] !== ' ' && text[at] !== '\t' && text[at] !== stop) at += 1;
  return at;
}

/** Index after the value that begins at `from`; -1 where a quoted one is torn. */
function endOfValue(text: string, from: number): number {
  const quote = text[from];
  if (quote !== '"' && quote !== "'") return wordEnd(text, from, ' ');
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === quote) return at + 1;
    if (text[at] === '\\') at += 1;
  }
  return -1;
}

function unquoted(value: string): string {
  const isQuoted = value.startsWith('"') || value.startsWith("'");
  return (isQuoted ? value.slice(1, -1) : value).replace(/[,;]$/, '');
}
