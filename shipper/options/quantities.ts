const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m)?$/;
const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };
const SIZE = /^(\d+)([kmg])?(?:i?b)?$/i;
const SIZE_UNITS: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 };
/** setTimeout's limit. */
const MAX_DURATION_MS = 2 ** 31 - 1;

/** `10`, `10s`, `1.5s`, `250ms` or `2m` in ms; undefined for anything else. */
export function parseDurationMs(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (match === null) return undefined;
  const ms = Math.round(Number(match[1]) * (DURATION_UNITS[match[2] ?? 's'] ?? 1));
  return ms <= MAX_DURATION_MS ? ms : undefined;
}

/** `1048576`, `1024k`, `1M` or `1MiB` in bytes, all of them in powers of 1,024; undefined for anything else. */
export function parseBytes(text: string): number | undefined {
  const match = SIZE.exec(text);
  if (match === null) return undefined;
  const bytes = Number(match[1]) * (SIZE_UNITS[(match[2] ?? '').toLowerCase()] ?? 1);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
