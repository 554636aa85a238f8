import type { ByteWriter } from '../../shared/destination/byte-writer.ts';
import type { Encoder, Line, RequestHead } from '../../shared/destination/contract.ts';
import { FieldCache } from '../../shared/destination/field-cache.ts';
import { type JsonFields, writeJsonLine } from '../../shared/destination/json-line.ts';
import type { SplunkSettings } from './settings.ts';

/** Where the events are filed. */
export type SplunkPlace = Pick<SplunkSettings, 'index' | 'source' | 'sourcetype'>;

class SplunkEncoder implements Encoder {
  private readonly filed: string;
  private readonly agent: string;
  private readonly fields: FieldCache<JsonFields>;

  constructor({ source, sourcetype, index }: SplunkPlace, agentId: string) {
    const place = { source, sourcetype, ...(index === undefined ? {} : { index }) };
    this.filed = asciiJson(place).slice(1, -1);
    this.agent = JSON.stringify(agentId);
    this.fields = new FieldCache((line) => this.fieldsOf(line));
  }

  line(out: ByteWriter, line: Line): number {
    const start = out.length();
    writeJsonLine(out, line, this.fields.of(line));
    return out.length() - start;
  }

  private fieldsOf({ workerId, stream, level, timeMs, originalTimeMs }: Line): JsonFields {
    const worker = JSON.stringify(workerId);
    return {
      // Seconds with decimals, never in scientific notation, which Splunk does not read.
      before: `{"time":${timeMs / 1000},"host":${worker},${this.filed},"event":{"message":"`,
      between:
        `","stream":"${stream}","level":"${level}","agent_id":${this.agent},"worker_id":${worker}` +
        ',"hostname":"livekit.hosted.agents","seq":',
      after: originalTimeMs === undefined ? '}}\n' : `,"original_timestamp":${originalTimeMs}}}\n`,
    };
  }
}

/** JSON in which all that is not ASCII is escaped. */
function asciiJson(value: object): string {
  return JSON.stringify(value).replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * Writes JSON objects one after another, not an array:
 * https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector
 */
export function createEncoder(place: SplunkPlace, { agentId }: RequestHead): Encoder {
  return new SplunkEncoder(place, agentId);
}
