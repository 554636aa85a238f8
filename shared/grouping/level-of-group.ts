import { levelOf } from '../level/level-of.ts';
import type { Level } from '../level/words/levels.ts';
import type { GroupedLines } from './grouper.ts';

const LF = Buffer.from('\n');

/**
 * The level of lines that belong together: that of a value printed over several lines, or the first that a line says;
 * `error` where none does and it is a crash.
 */
export function levelOfGroup(
  lines: readonly Buffer[],
  { kind, isCrash }: Pick<GroupedLines, 'kind' | 'isCrash'>,
): Level | undefined {
  if (kind === 'json' && lines.length > 1) {
    const value = Buffer.concat(lines.flatMap((line) => [line, LF]));
    return levelOf(value, 0, value.length);
  }
  for (const line of lines) {
    const level = levelOf(line, 0, line.length);
    if (level !== undefined) return level;
  }
  return isCrash ? 'error' : undefined;
}
