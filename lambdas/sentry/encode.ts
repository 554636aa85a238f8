import { createHash } from 'node:crypto';
import type { Encoder, RequestHead } from '../../shared/delivery/destination.ts';
import type { Level } from '../../shared/level/levels.ts';

interface SentryLevel {
  readonly name: string;
  /** https://develop.sentry.dev/sdk/telemetry/logs/#log-severity-number */
  readonly severity: number;
}

const LEVELS: Readonly<Record<Level, SentryLevel>> = {
  panic: { name: 'fatal', severity: 21 },
  fatal: { name: 'fatal', severity: 21 },
  error: { name: 'error', severity: 17 },
  warn: { name: 'warn', severity: 13 },
  info: { name: 'info', severity: 9 },
  debug: { name: 'debug', severity: 5 },
  trace: { name: 'trace', severity: 1 },
};

/** A log without a trace is dropped (getsentry/relay issue 4829), so all lines of a worker make one. */
function traceId(agentId: string, workerId: string): string {
  return createHash('sha256').update(`${agentId}/${workerId}`).digest('hex').slice(0, 32);
}

function stringAttribute(name: string, value: string): string {
  return `"${name}":{"value":${JSON.stringify(value)},"type":"string"}`;
}

function integerAttribute(name: string, value: number): string {
  return `"${name}":{"value":${value},"type":"integer"}`;
}

/**
 * Writes the payload of an envelope's log item: https://develop.sentry.dev/sdk/telemetry/logs/#log-envelope-item
 * The headers before it go in front at the time of sending.
 */
export function createEncoder({ agentId }: RequestHead): Encoder {
  let workerId: string | undefined;
  let trace = '';
  let origin = '';
  return {
    begin: (out) => out.ascii('{"items":['),
    line: (out, line, index) => {
      const before = out.length();
      if (line.workerId !== workerId) {
        workerId = line.workerId;
        trace = traceId(agentId, workerId);
        origin = [
          stringAttribute('agent_id', agentId),
          stringAttribute('worker_id', workerId),
          stringAttribute('hostname', 'livekit.hosted.agents'),
        ].join(',');
      }
      const { name, severity } = LEVELS[line.level];
      const trueTime =
        line.originalTimeMs === undefined
          ? ''
          : `,${integerAttribute('original_timestamp', line.originalTimeMs)}`;
      out.ascii(
        `${index === 0 ? '' : ','}{"timestamp":${line.timeMs / 1000},"trace_id":"${trace}"` +
          `,"level":"${name}","severity_number":${severity},"body":"`,
      );
      out.jsonText(line.bytes, line.start, line.end);
      // Relay adds the sequence to the time as nanoseconds: lines of one millisecond stay in order.
      out.ascii(
        `","attributes":{${origin},${integerAttribute('sentry.timestamp.sequence', line.seq)}${trueTime}}}`,
      );
      return out.length() - before;
    },
    end: (out) => out.ascii(']}'),
  };
}
