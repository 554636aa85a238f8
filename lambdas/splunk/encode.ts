import type { ByteWriter } from '../../shared/delivery/byte-writer.ts';
import type { Encoder, Line, RequestHead } from '../../shared/delivery/destination.ts';
import { PerRun } from '../../shared/delivery/per-run.ts';
import type { SplunkSettings } from './settings.ts';

/** Where the events are filed. */
export type SplunkPlace = Pick<SplunkSettings, 'index' | 'source' | 'sourcetype'>;

/** What stands around a line's text and its number. */
interface Fields {
  readonly before: string;
  readonly between: string;
  readonly after: string;
}

class SplunkEncoder implements Encoder {
  private readonly filed: string;
  private readonly agent: string;
  private readonly fields: PerRun<Fields>;

  constructor({ source, sourcetype, index }: SplunkPlace, agentId: string) {
    const place = { source, sourcetype, ...(index === undefined ? {} : { index }) };
    this.filed = JSON.stringify(place).slice(1, -1);
    this.agent = JSON.stringify(agentId);
    this.fields = new PerRun((line) => this.fieldsOf(line));
  }

  line(out: ByteWriter, line: Line): number {
    const start = out.length();
    const { before, between, after } = this.fields.of(line);
    out.utf8(before);
    out.jsonText(line.bytes, line.start, line.end);
    out.ascii(between);
    out.integer(line.seq);
    out.ascii(after);
    return out.length() - start;
  }

  private fieldsOf({ workerId, stream, level, timeMs, originalTimeMs }: Line): Fields {
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

/**
 * Writes JSON objects one after another, not an array:
 * https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector
 */
export function createEncoder(place: SplunkPlace, { agentId }: RequestHead): Encoder {
  return new SplunkEncoder(place, agentId);
}
