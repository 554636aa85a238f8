import { isObject, type JsonObject } from '../kit/body.ts';

// docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
const MAX_BATCH_BYTES = 1_048_576;
const BYTES_PER_EVENT = 26;
const MAX_EVENTS = 10_000;
const HOUR_MS = 3_600_000;
const MAX_SPAN_MS = 24 * HOUR_MS;
const MAX_AGE_MS = 14 * 24 * HOUR_MS;
const MAX_AHEAD_MS = 2 * HOUR_MS;

/** One event of a PutLogEvents call. */
export interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** Which of a call's events are kept: those from `from` to before `to`. */
export interface Kept {
  readonly events: readonly LogEvent[];
  readonly from: number;
  readonly to: number;
}

/** An error of the API, with its own words. */
export interface ApiError {
  readonly name: string;
  readonly message: string;
}

const invalid = (message: string): ApiError => ({ name: 'InvalidParameterException', message });

function isEvent(value: unknown): value is JsonObject & LogEvent {
  return (
    isObject(value) &&
    typeof value['message'] === 'string' &&
    typeof value['timestamp'] === 'number' &&
    Number.isSafeInteger(value['timestamp'])
  );
}

/** The events in a call's `logEvents`, or why there are none. */
function eventsOf(value: unknown): readonly LogEvent[] | ApiError {
  if (!Array.isArray(value) || !value.every(isEvent)) {
    return { name: 'SerializationException', message: 'logEvents has a member of the wrong type.' };
  }
  if (value.length < 1 || value.length > MAX_EVENTS) {
    return invalid(
      "Value at 'logEvents' failed to satisfy constraint: Member must have length from 1 to 10000",
    );
  }
  if (value.some(({ message, timestamp }) => message === '' || timestamp < 0)) {
    return invalid("Value at 'logEvents' failed to satisfy constraint: Member must have length at least 1");
  }
  return value;
}

/** First index from which all events satisfy `test`; times ascend, so they are a suffix. */
function suffixFrom(events: readonly LogEvent[], test: (event: LogEvent) => boolean): number {
  const first = events.findIndex(test);
  return first === -1 ? events.length : first;
}

function isAscending(events: readonly LogEvent[]): boolean {
  return events.every(
    ({ timestamp }, index) => index === 0 || timestamp >= (events[index - 1]?.timestamp ?? 0),
  );
}

/** Judges a call's `logEvents` at `nowMs`: an error refuses them all, else too old and too new ones are left out. */
export function judgeEvents(value: unknown, nowMs: number): Kept | ApiError {
  const events = eventsOf(value);
  if ('name' in events) return events;
  const bytes = events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + BYTES_PER_EVENT, 0);
  if (bytes > MAX_BATCH_BYTES) {
    return events.length === 1
      ? invalid(`Log event too large: ${bytes} bytes exceeds limit of ${MAX_BATCH_BYTES}`)
      : invalid(`Upload too large: ${bytes} bytes exceeds limit of ${MAX_BATCH_BYTES}`);
  }
  if (!isAscending(events)) {
    return invalid('Log events in a single PutLogEvents request must be in chronological order.');
  }
  const from = suffixFrom(events, ({ timestamp }) => timestamp >= nowMs - MAX_AGE_MS);
  const to = Math.max(
    from,
    suffixFrom(events, ({ timestamp }) => timestamp > nowMs + MAX_AHEAD_MS),
  );
  const span = (events[to - 1]?.timestamp ?? 0) - (events[from]?.timestamp ?? 0);
  if (to > from && span > MAX_SPAN_MS) {
    return invalid(
      'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
    );
  }
  return { events, from, to };
}
