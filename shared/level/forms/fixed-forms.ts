import { levelOfWord } from '../words/level-of-word.ts';
import type { Level } from '../words/levels.ts';
import { syslogLevel } from '../words/scales.ts';
import { LEVEL_OF_LETTER } from '../words/words.ts';
import { CRASH_LINES } from './crash-lines.ts';
import type { Form } from './form.ts';
import { LOGGER_FORMS } from './logger-forms.ts';
import { RUNTIME_FORMS } from './runtime-forms.ts';

const FORMS = [...LOGGER_FORMS, ...CRASH_LINES, ...RUNTIME_FORMS];
const ANY_START = FORMS.filter(({ starts }) => starts === '');
const BY_START: ReadonlyMap<string, readonly Form[]> = new Map(
  [...new Set(FORMS.flatMap(({ starts }) => starts.split('')))].map((first) => [
    first,
    FORMS.filter(({ starts }) => starts === '' || starts.includes(first)),
  ]),
);

/** The level of a line that begins with a form of a logger, a runtime or a crash of its own. */
export function levelOfFixedForm(text: string): Level | undefined {
  for (const form of BY_START.get(text.charAt(0)) ?? ANY_START) {
    if (form.mark !== undefined && !text.includes(form.mark)) continue;
    const match = form.pattern.exec(text);
    if (match !== null) return form.level ?? levelOfGroups(match.groups ?? {});
  }
  return undefined;
}

function levelOfGroups({
  letter,
  word,
  pri,
}: Readonly<Record<string, string | undefined>>): Level | undefined {
  if (letter !== undefined) return LEVEL_OF_LETTER.get(letter);
  if (word !== undefined) return levelOfWord(word);
  return pri === undefined ? undefined : syslogLevel(Number(pri) % 8);
}
