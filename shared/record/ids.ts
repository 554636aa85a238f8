/** Agent ids, worker ids and boots. The ids become parts of secret names, log groups and object keys. */

const AGENT_ID = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const WORKER_ID = /^[\x21-\x29\x2b-\x39\x3b-\x7e]{1,128}$/;
const NOT_OF_WORKER_ID = /[^\x21-\x29\x2b-\x39\x3b-\x7e]/gu;
const BOOT = /^[A-Za-z0-9_-]{1,32}$/;

export const UNKNOWN_WORKER_ID = 'unknown';
export const MAX_AGENT_ID_LENGTH = 128;
export const MAX_WORKER_ID_LENGTH = 128;

/** 1 to 128 letters, digits, `_`, `.` and `-`, not beginning with `.` or `-`; not `default`, which stands for all agents. */
export function isAgentId(value: unknown): value is string {
  return typeof value === 'string' && value !== 'default' && AGENT_ID.test(value);
}

/** 1 to 128 printable ASCII characters, no space, and no `:` or `*`, which CloudWatch does not allow in a log stream's name. */
export function isWorkerId(value: unknown): value is string {
  return typeof value === 'string' && WORKER_ID.test(value);
}

/** Makes a worker id of any text: each character that an id cannot hold becomes `_`, and only 128 characters are kept. */
export function cleanWorkerId(text: string): string {
  const cleaned = text.slice(0, 2 * MAX_WORKER_ID_LENGTH).replace(NOT_OF_WORKER_ID, '_');
  return cleaned === '' ? UNKNOWN_WORKER_ID : cleaned.slice(0, MAX_WORKER_ID_LENGTH);
}

/** 1 to 32 letters, digits, `_` and `-`: the name of one start of a shipper. */
export function isBoot(value: unknown): value is string {
  return typeof value === 'string' && BOOT.test(value);
}
