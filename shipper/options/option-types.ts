import { expecting, type OptionType, oneOf } from '../../shared/base/options.ts';
import { parseBytes, parseDurationMs } from './quantities.ts';

export const WHEN_FULL_WORDS = oneOf('auto', 'drop', 'block');

/** In ms. */
export const DURATION = expecting('a duration as 10, 10s, 500ms or 2m', parseDurationMs);

/** In bytes, from `min` to `max`, which may be left out. */
export function size({ min, max }: { readonly min: number; readonly max?: number }): OptionType<number> {
  const range = max === undefined ? `at least ${min}` : `${min} to ${max}`;
  return expecting(`${range} bytes, as 262144, 256KiB or 1MiB`, (text) => {
    const bytes = parseBytes(text);
    const isInRange = bytes !== undefined && bytes >= min && bytes <= (max ?? bytes);
    return isInRange ? bytes : undefined;
  });
}
