/** Agent ids, worker ids and boots: they become names of secrets, log groups and object keys. */

const AGENT_ID = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const WORKER_ID = /^[\x21-\x29\x2b-\x39\x3b-\x7e]{1,128}$/;
const NOT_OF_WORKER_ID = /[^\x21-\x29\x2b-\x39\x3b-\x7e]/gu;
const BOOT = /^[A-Za-z0-9_-]{1,32}$/;

export const UNKNOWN_WORKER_ID = 'unknown';
const MAX_WORKER_ID_LENGTH = 128;

/** Letters, digits, `_`, `.`, `-`, up to 128, not beginning with `.` or `-`; `default` names the settings of all. */
export function isAgentId(value: unknown): value is string {
  return typeof value === 'string' && value !== 'default' && AGENT_ID.test(value);
}

/** 1 to 128 printable ASCII characters without space, and without `:` and `*`, which log streams may not hold. */
export function isWorkerId(value: unknown): value is string {
  return typeof value === 'string' && WORKER_ID.test(value);
}

/** A worker id out of any text: what an id cannot hold becomes `_`, the text past 128 characters goes. */
export function cleanWorkerId(text: string): string {
  const cleaned = text.slice(0, 2 * MAX_WORKER_ID_LENGTH).replace(NOT_OF_WORKER_ID, '_');
  return cleaned === '' ? UNKNOWN_WORKER_ID : cleaned.slice(0, MAX_WORKER_ID_LENGTH);
}

/** The random name of one start of a shipper. */
export function isBoot(value: unknown): value is string {
  return typeof value === 'string' && BOOT.test(value);
}
