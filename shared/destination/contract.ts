import type { Level } from '../level/words/levels.ts';
import type { ByteWriter } from './byte-writer.ts';
import type { CommonSettings } from './common-settings.ts';
import type { Network } from './network.ts';
import type { Outcome } from './outcome.ts';

/** One setting of a destination, as plain data: for docs, the command line and the deployment. */
export interface SettingInfo {
  readonly name: string;
  readonly required: boolean;
  /** Its value must never be shown. */
  readonly secret: boolean;
  readonly default?: string;
  /** One sentence. */
  readonly about: string;
}

/** What a service takes in one request. Each figure's source stands beside it in the manifest. */
export interface Limits {
  readonly maxEvents: number;
  /** Against the sum of what `Encoder.line` returns plus what `begin` and `end` write. */
  readonly maxBytes: number;
  /** Of one event, as `Encoder.line` counts it; a longer line is split into parts. */
  readonly maxEventBytes: number;
}

/** What a service does with old and future lines, and what we do instead. */
export interface TimeRules {
  /** Lines older than this … */
  readonly maxAgeMs?: number;
  /** … get a fresh time with the true one beside it, or are rejected. */
  readonly older?: 'restamp' | 'reject';
  /** A line further ahead of its record's arrival than this takes the arrival time. */
  readonly maxAheadMs?: number;
  /** Ascending times are required: a time up to this far below its predecessor's is raised to it; beyond, a new request. */
  readonly raiseUpToMs?: number;
  /** First to last event of one request. */
  readonly maxSpanMs?: number;
}

/** A destination in plain data: the whole of what others may know of it. */
export interface Manifest<Id extends string = string> {
  /** As secrets, keys of parked objects and commands name it; `shared/parking/destination-id.ts` has the pattern. */
  readonly id: Id;
  readonly title: string;
  /** Vendor's page. */
  readonly link: string;
  readonly settings: readonly SettingInfo[];
  readonly limits: Limits;
  readonly time: TimeRules;
  /** A request holds lines of one agent, or of one worker of it. */
  readonly requestPer: 'agent' | 'worker';
  /** Requests in flight per agent (`requestPer: 'agent'`) or per worker, after the first success. */
  readonly window: number;
  /** Requests in flight per function, all agents together. */
  readonly maxInFlight: number;
  /** An empty line goes as it is, or as one space. */
  readonly blankLine: 'keep' | 'space';
  /** Settings may name a role that the function assumes; the deployment says which. */
  readonly assumesRoles?: boolean;
}

/** One event to encode. The engine re-uses the object: do not keep it past the call. */
export interface Line {
  readonly workerId: string;
  /** Text: `bytes[start, end)`, valid UTF-8. May hold any byte but is not ended by LF. */
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** Epoch ms, after the destination's time rules. */
  readonly timeMs: number;
  /** The time it was read, if `timeMs` had to differ. */
  readonly originalTimeMs: number | undefined;
  readonly stream: 'stdout' | 'stderr';
  /** Found or given; `info` where none was. Computed on first use. */
  readonly level: Level;
  /** Line number, see LineGroup.seq. */
  readonly seq: number;
}

/**
 * Builds the body of one request, line by line. Pure: no I/O, no clock. One per request, and of a class: V8 keeps what
 * it has compiled of a method, but forgets what it has compiled of a closure with the last one of its kind.
 */
export interface Encoder {
  readonly begin?: (out: ByteWriter) => void;
  /** Appends one event (index 0… within the request); returns the bytes that count against the limits. */
  readonly line: (out: ByteWriter, line: Line, index: number) => number;
  /** Writes as many bytes whatever the lines were: the engine learns the number from a request without lines. */
  readonly end?: (out: ByteWriter) => void;
}

/** All lines of a request share this. `workerId` is the first line's. */
export interface RequestHead {
  readonly agentId: string;
  readonly workerId: string;
}

/** One request as the encoder wrote it. */
export interface EncodedRequest extends RequestHead {
  /** Only lent: the next request, perhaps another agent's, is written over it as soon as `prepare` has returned. */
  readonly body: Buffer;
  /** Events in the body. */
  readonly events: number;
  /** Real send time, epoch ms. */
  readonly nowMs: number;
}

/**
 * Sends a prepared request once; the signal aborts at the attempt's time limit. Never rejects for what a service or the
 * network can do.
 */
export type SendPrepared = (signal: AbortSignal) => Promise<Outcome>;

/** A destination with one agent's settings. */
export interface DestinationClient {
  /** `host:port`; requests to one endpoint are paced together. */
  readonly endpoint: string;
  /** New requests a second (syslog: connections); undefined: as many as there are. */
  readonly startsPerSecond?: number;
  /** Narrows `Limits.maxEventBytes` where the settings do (SYSLOG_MAX_BYTES). */
  readonly maxEventBytes?: number;
  readonly encoder: (head: RequestHead) => Encoder;
  /** Copies or compresses the lent body; what it returns must not look at the body again. */
  readonly prepare: (request: EncodedRequest) => SendPrepared;
  /** Frees sockets and clients. */
  readonly close?: () => Promise<void>;
}

/** Turns raw secret values into settings, or says everything that is wrong with them. */
export type ParseSettings<S> = (raw: Readonly<Record<string, string>>) => ParsedSettings<S>;

export type ParsedSettings<S> =
  | {
      readonly kind: 'on';
      readonly settings: S /** Keys we do not know. */;
      readonly unknown: readonly string[];
    }
  /** Present, but switched off (Splunk with LOGS_ENABLE_SPLUNK=0 or without it). */
  | { readonly kind: 'off'; readonly why: string }
  /** Each problem is one sentence that names the setting and never its value if secret. */
  | { readonly kind: 'bad'; readonly problems: readonly string[] };

export interface Destination<S extends CommonSettings> {
  readonly manifest: Manifest;
  readonly parse: ParseSettings<S>;
  /** Opens a client for one agent; called again when its settings change. */
  readonly open: (settings: S, network: Network) => DestinationClient;
}
