import { isObject, type JsonObject } from '../kit/body.ts';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
const MAX_AGE_MS = 30 * 24 * 3_600_000;

/** Whether a value is of the type that an attribute names. */
function isOfType(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
      return typeof value === 'number' && Number.isSafeInteger(value);
    case 'double':
      return typeof value === 'number';
    default:
      return false;
  }
}

/** In Unicode mode a surrogate matches only where it stands alone. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether a string anywhere in the value has half of a surrogate pair, which the service's parser refuses. */
export function hasLoneSurrogate(value: unknown): boolean {
  if (typeof value === 'string') return LONE_SURROGATE.test(value);
  if (Array.isArray(value)) return value.some(hasLoneSurrogate);
  return isObject(value) && Object.entries(value).flat().some(hasLoneSurrogate);
}

/** Why the service answers 200 but drops this log; undefined if it keeps it. Source: develop.sentry.dev, logs. */
export function dropReason(log: unknown, nowMs: number): string | undefined {
  if (!isObject(log)) return 'a log is not an object';
  const { timestamp, trace_id: traceId, level, body } = log;
  if (typeof timestamp !== 'number') return 'a log has no timestamp in seconds';
  if (timestamp * 1000 < nowMs - MAX_AGE_MS) return 'a log is older than 30 days';
  if (typeof traceId !== 'string' || !/^[0-9a-f]{32}$/i.test(traceId) || /^0+$/.test(traceId)) {
    return 'a log has no trace_id of 32 hexadecimal digits that are not all zero';
  }
  if (typeof level !== 'string' || !LEVELS.includes(level)) return 'a log has no known level';
  return typeof body === 'string' ? undefined : 'a log has no body';
}

function numberDefects({ severity_number: severity, span_id: spanId }: JsonObject): string[] {
  const defects: string[] = [];
  const isSeverity = Number.isInteger(severity) && Number(severity) >= 1 && Number(severity) <= 24;
  if (severity !== undefined && !isSeverity) defects.push('severity_number is not from 1 to 24');
  if (spanId !== undefined && (typeof spanId !== 'string' || !/^[0-9a-f]{16}$/i.test(spanId))) {
    defects.push('span_id does not have 16 hexadecimal digits');
  }
  return defects;
}

/** What the service removes from a log that it keeps. */
export function defectsOf(log: JsonObject): string[] {
  const { attributes = {} } = log;
  if (!isObject(attributes)) return ['the attributes are not an object'];
  const defects = numberDefects(log);
  for (const attribute of Object.values(attributes)) {
    if (!isObject(attribute) || !isOfType(attribute['value'], attribute['type'])) {
      defects.push('an attribute has no type, or a value of another type');
    }
  }
  return defects;
}
