import { expecting } from '../../shared/base/options.ts';
import { isAgentId } from '../../shared/record/ids.ts';
import { destinationId } from './destinations.ts';

/** The id of a destination. Its own error names the one that was probably meant. */
export const DESTINATION_ID = expecting('a destination', destinationId);

export const AGENT_ID = expecting(
  'an agent id: letters, digits, "_", "." and "-", up to 128, not "default"',
  (text) => (isAgentId(text) ? text : undefined),
);

const AGO = /^(\d+(?:\.\d+)?)(s|m|h|d)$/;
const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** Epoch ms, from a time (`2026-01-15T10:30:00Z`) or how long ago it was (`2h`). */
export const TIME_OR_AGO = expecting(
  'a time such as 2026-01-15T10:30:00Z, or how long ago, such as 90m, 2h or 3d',
  (text) => {
    const [, count, unit = ''] = AGO.exec(text) ?? [];
    if (count !== undefined) return Date.now() - Number(count) * (UNITS_MS[unit] ?? 0);
    const ms = TIME.test(text) ? Date.parse(text) : Number.NaN;
    return Number.isNaN(ms) ? undefined : ms;
  },
);

/** A whole number from 1 to `max`. */
export function wholeNumberUpTo(max: number) {
  return expecting(`a whole number from 1 to ${max}`, (text) => {
    const number = Number(text);
    return Number.isInteger(number) && number >= 1 && number <= max ? number : undefined;
  });
}
