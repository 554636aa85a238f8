import { UsageProblem } from './errors.ts';

const AGO = /^(\d+(?:\.\d+)?)(s|m|h|d)$/;
const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** `--since` in epoch ms: a time (`2026-01-15T10:30:00Z`), or how long ago (`2h`). */
export function sinceOption(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const [, count, unit = ''] = AGO.exec(text) ?? [];
  if (count !== undefined) return nowMs - Number(count) * (UNITS_MS[unit] ?? 0);
  const ms = TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new UsageProblem(
    `--since must be a time such as 2026-01-15T10:30:00Z, or how long ago, such as 90m, 2h or 3d (got ${JSON.stringify(text)})`,
  );
}
