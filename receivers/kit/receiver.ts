import type { Faults } from './faults.ts';

/** One event that a receiver has accepted. */
export interface AcceptedEvent {
  /** As `--out` writes it: see each receiver. */
  readonly event: unknown;
  /** Which accepted request of this receiver held it, from 0. */
  readonly request: number;
  readonly agent: string;
  readonly worker: string;
  /** Where the service has one. */
  readonly stream: 'stdout' | 'stderr' | undefined;
  readonly text: string;
  /** Event time, epoch ms; undefined if the event had none. */
  readonly timeMs: number | undefined;
  readonly acceptedMs: number;
  readonly seq: number | undefined;
}

/** A strict stand-in for a service, on 127.0.0.1: enforces its documented limits, auth, codes and order. */
export interface Receiver {
  readonly id: string;
  /** The settings (spec's names) that send a function here. */
  readonly settings: Readonly<Record<string, string>>;
  readonly faults: Faults;
  /** Requests seen, accepted or not. */
  readonly requests: () => number;
  /** Every contract violation seen, in words without line content: must stay empty in good operation. */
  readonly violations: readonly string[];
  readonly close: () => Promise<void>;
}

/** Called once for each accepted event, in order of acceptance. */
export type OnAccepted = (event: AcceptedEvent) => void;

export type StartReceiver = (onAccepted: OnAccepted, options?: ReceiverOptions) => Promise<Receiver>;

export interface ReceiverOptions {
  readonly faults?: Faults;
  /** Clock, epoch ms; a test's may be fixed. */
  readonly now?: () => number;
}
