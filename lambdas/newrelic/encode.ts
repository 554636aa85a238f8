import type { ByteWriter } from '../../shared/destination/byte-writer.ts';
import type { Encoder, Line, RequestHead } from '../../shared/destination/contract.ts';
import { FieldCache } from '../../shared/destination/field-cache.ts';
import { type JsonFields, writeJsonLine } from '../../shared/destination/json-line.ts';

function fieldsOf({ timeMs, originalTimeMs, level, stream }: Line): JsonFields {
  return {
    before: `{"timestamp":${timeMs},"message":"`,
    between: `","attributes":{"level":"${level}","stream":"${stream}","seq":`,
    after: originalTimeMs === undefined ? '}}' : `,"original_timestamp":${originalTimeMs}}}`,
  };
}

class NewRelicEncoder implements Encoder {
  private readonly agentId: string;
  private readonly fields = new FieldCache(fieldsOf);
  private workerId: string | undefined = undefined;

  constructor(agentId: string) {
    this.agentId = agentId;
  }

  begin(out: ByteWriter): void {
    out.ascii('[');
  }

  line(out: ByteWriter, line: Line): number {
    const start = out.length();
    if (line.workerId === this.workerId) out.ascii(',');
    else this.openBlock(out, line.workerId);
    writeJsonLine(out, line, this.fields.of(line));
    return out.length() - start;
  }

  end(out: ByteWriter): void {
    out.ascii(']}]');
  }

  private openBlock(out: ByteWriter, workerId: string): void {
    if (this.workerId !== undefined) out.ascii(']},');
    this.workerId = workerId;
    out.ascii(
      `{"common":{"attributes":{"agentId":${JSON.stringify(this.agentId)},"workerId":${JSON.stringify(workerId)}` +
        ',"hostname":"livekit.hosted.agents"}},"logs":[',
    );
  }
}

/**
 * Writes the detailed form, with one block of common attributes for each worker in a row:
 * https://docs.newrelic.com/docs/logs/log-api/introduction-log-api/#json-content
 */
export function createEncoder({ agentId }: RequestHead): Encoder {
  return new NewRelicEncoder(agentId);
}
