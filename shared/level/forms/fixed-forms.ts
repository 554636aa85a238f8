import { levelOfWord } from '../words/level-of-word.ts';
import type { Level } from '../words/levels.ts';
import { syslogLevel } from '../words/scales.ts';
import { LEVEL_OF_LETTER } from '../words/words.ts';
import { CRASH_LINES } from './crash-lines.ts';
import type { Form } from './form.ts';
import { LOGGER_FORMS } from './logger-forms.ts';
import { RUNTIME_FORMS } from './runtime-forms.ts';

type LevelOfText = (text: string) => Level | undefined;

/** Finds the first form that a line begins with. */
function finder(forms: readonly Form[]): LevelOfText {
  const anyStart = forms.filter(({ starts }) => starts === '');
  const byStart: ReadonlyMap<string, readonly Form[]> = new Map(
    [...new Set(forms.flatMap(({ starts }) => starts.split('')))].map((first) => [
      first,
      forms.filter(({ starts }) => starts === '' || starts.includes(first)),
    ]),
  );
  return (text) => {
    for (const form of byStart.get(text.charAt(0)) ?? anyStart) {
      if (form.mark !== undefined && !text.includes(form.mark)) continue;
      const match = form.pattern.exec(text);
      if (match !== null) return form.level ?? levelOfGroups(match.groups ?? {});
    }
    return undefined;
  };
}

/** The level of a line that begins with a form of a logger, a runtime or a crash of its own. */
export const levelOfFixedForm: LevelOfText = finder([...LOGGER_FORMS, ...CRASH_LINES, ...RUNTIME_FORMS]);
/** Of a logger alone. */
export const levelOfLoggerForm: LevelOfText = finder(LOGGER_FORMS);

function levelOfGroups({
  letter,
  word,
  pri,
}: Readonly<Record<string, string | undefined>>): Level | undefined {
  if (letter !== undefined) return LEVEL_OF_LETTER.get(letter);
  if (word !== undefined) return levelOfWord(word);
  return pri === undefined ? undefined : syslogLevel(Number(pri) % 8);
}
