import type { FaultRule } from './faults.ts';
import type { StartReceiver } from './receiver.ts';

/** How a service shows lines. */
export interface ServiceView {
  /** Events name their stream. */
  readonly streams: boolean;
  /** Lines stand in order of acceptance; else the service sorts them, and only a request has an order. */
  readonly ordered: boolean;
  /** The text that was written, from the text on the wire. */
  readonly decode: (text: string) => string;
  /** A text from which `decode` gives this one. */
  readonly encode: (text: string) => string;
}

const same = (text: string): string => text;

/** Of services that take a line's text as it is. */
export const TEXT_AS_IS = { decode: same, encode: same };

/** Where a service is to be reached, and with which account. */
export interface ServiceAddress {
  readonly scheme: 'https' | 'http';
  /** Host, and port if there is one. */
  readonly authority: string;
  /** Of the account, 32 hexadecimal digits; unused where a service asks for none. */
  readonly key: string;
  /** PEM of an authority to trust in addition. */
  readonly ca?: string;
}

/** Answers other than the good one, each with what must become of the lines. Empty where a service has none of a kind. */
export interface ServiceAnswers {
  /** Refuses the account, in the service's plainest way. The lines are parked. */
  readonly refusal: FaultRule | undefined;
  /** All that refuse the account. */
  readonly refusing: readonly FaultRule[];
  /** Ask to wait. All lines go out on a further try, none twice. */
  readonly waiting: readonly FaultRule[];
  /** Asks to wait for long, with a time to come back if the service has one. The lines stay, then are parked. */
  readonly throttling: FaultRule | undefined;
  /** Ask for smaller requests, or find fault without naming a line. The request is halved. */
  readonly splitting: readonly FaultRule[];
  /** Have a good status, and are an error or a page of somebody else. The request is sent again. */
  readonly misleading: readonly FaultRule[];
  /** Name lines, or tell how long to wait. */
  readonly telling: readonly FaultRule[];
  /** Some of `telling` reject lines for good: these are put aside. */
  readonly tellingRejects: boolean;
}

/** All that is known of one service's stand-in: each receiver's folder exports one as `RECEIVER`. */
export interface ReceiverKind {
  readonly start: StartReceiver;
  readonly protocol: 'http' | 'syslog';
  readonly view: ServiceView;
  /** Settings that send a function to this address, which need not be a receiver's. */
  readonly settingsAt: (address: ServiceAddress) => Readonly<Record<string, string>>;
  readonly answers: ServiceAnswers;
}
