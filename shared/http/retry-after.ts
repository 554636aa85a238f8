/**
 * Reads a Retry-After header (RFC 9110 section 10.2.3) strictly: whole seconds, or the one form of date that
 * senders may generate. Returns ms to wait from `nowMs`, or undefined for anything else.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = new Date(text);
  const isHttpDate = !Number.isNaN(date.getTime()) && date.toUTCString() === text;
  return isHttpDate ? Math.max(0, date.getTime() - nowMs) : undefined;
}
