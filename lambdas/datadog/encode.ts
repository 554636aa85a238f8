import type { ByteWriter } from '../../shared/destination/byte-writer.ts';
import type { Encoder, Line, RequestHead } from '../../shared/destination/contract.ts';
import { FieldCache } from '../../shared/destination/field-cache.ts';
import type { Level } from '../../shared/level/words/levels.ts';

/** Datadog maps `status` by its beginning, anything unknown to info: `f*` is emergency, but `panic` has no place. */
const STATUS: Readonly<Record<Level, string>> = {
  panic: 'emergency',
  fatal: 'fatal',
  error: 'error',
  warn: 'warn',
  info: 'info',
  debug: 'debug',
  trace: 'trace',
};

function fieldsOf(agentId: string, line: Line): string {
  const { workerId, stream, level, timeMs, originalTimeMs } = line;
  const trueTime = originalTimeMs === undefined ? '' : `,"original_timestamp":${originalTimeMs}`;
  return (
    `","ddsource":${JSON.stringify(agentId)},"hostname":${JSON.stringify(workerId)}` +
    `,"service":"cloud.livekit.io","stream":"${stream}","status":"${STATUS[level]}"` +
    `,"timestamp":${timeMs}${trueTime},"seq":`
  );
}

class DatadogEncoder implements Encoder {
  private readonly fields: FieldCache<string>;

  constructor(agentId: string) {
    this.fields = new FieldCache((line) => fieldsOf(agentId, line));
  }

  begin(out: ByteWriter): void {
    out.ascii('[');
  }

  line(out: ByteWriter, line: Line, index: number): number {
    const before = out.length();
    out.ascii(index === 0 ? '{"message":"' : ',{"message":"');
    out.jsonText(line.bytes, line.start, line.end);
    out.ascii(this.fields.of(line));
    out.integer(line.seq);
    out.ascii('}');
    return out.length() - before;
  }

  end(out: ByteWriter): void {
    out.ascii(']');
  }
}

/** Writes a JSON array of flat objects: https://docs.datadoghq.com/api/latest/logs/#send-logs */
export function createEncoder({ agentId }: RequestHead): Encoder {
  return new DatadogEncoder(agentId);
}
