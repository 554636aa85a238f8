import { createHash } from 'node:crypto';
import type { ByteWriter } from '../../shared/destination/byte-writer.ts';
import type { Encoder, Line, RequestHead } from '../../shared/destination/contract.ts';
import { FieldCache } from '../../shared/destination/field-cache.ts';
import { type JsonFields, writeJsonLine } from '../../shared/destination/json-line.ts';
import type { Level } from '../../shared/level/words/levels.ts';

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

interface Worker {
  readonly trace: string;
  readonly attributes: string;
}

function describeWorker(agentId: string, workerId: string): Worker {
  const attributes = [
    stringAttribute('agent_id', agentId),
    stringAttribute('worker_id', workerId),
    stringAttribute('hostname', 'livekit.hosted.agents'),
  ];
  return { trace: traceId(agentId, workerId), attributes: attributes.join(',') };
}

function fieldsOf({ trace, attributes }: Worker, { level, timeMs, originalTimeMs }: Line): JsonFields {
  const { name, severity } = LEVELS[level];
  const trueTime =
    originalTimeMs === undefined ? '' : `,${integerAttribute('original_timestamp', originalTimeMs)}`;
  return {
    before:
      `{"timestamp":${timeMs / 1000},"trace_id":"${trace}"` +
      `,"level":"${name}","severity_number":${severity},"body":"`,
    // Relay adds the sequence to the time as nanoseconds: lines of one millisecond stay in order.
    between: `","attributes":{${attributes},"sentry.timestamp.sequence":{"value":`,
    after: `,"type":"integer"}${trueTime}}}`,
  };
}

class SentryEncoder implements Encoder {
  private readonly fields: FieldCache<JsonFields>;

  constructor(agentId: string) {
    let worker: (Worker & { readonly id: string }) | undefined;
    this.fields = new FieldCache((line) => {
      const id = line.workerId;
      if (worker?.id !== id) worker = { id, ...describeWorker(agentId, id) };
      return fieldsOf(worker, line);
    });
  }

  begin(out: ByteWriter): void {
    // Without a version Relay ascribes our own User-Agent to every log (relay-event-schema, ourlog/container.rs).
    out.ascii('{"version":2,"items":[');
  }

  line(out: ByteWriter, line: Line, index: number): number {
    const start = out.length();
    if (index > 0) out.ascii(',');
    writeJsonLine(out, line, this.fields.of(line));
    return out.length() - start;
  }

  end(out: ByteWriter): void {
    out.ascii(']}');
  }
}

/**
 * Writes the payload of an envelope's log item: https://develop.sentry.dev/sdk/telemetry/logs/#log-envelope-item
 * The headers before it go in front at the time of sending.
 */
export function createEncoder({ agentId }: RequestHead): Encoder {
  return new SentryEncoder(agentId);
}
