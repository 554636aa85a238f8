import { flush, init, logger } from '@sentry/node';

/**
 * A program that sends each log of its only argument, JSON, with Sentry's own SDK. It is a process of its own, since the
 * SDK changes globals, and since its clock stands still.
 */

/** One log, as an application would write it. */
export interface SdkLog {
  readonly timeMs: number;
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
  readonly text: string;
  readonly attributes: Readonly<Record<string, string | number>>;
}

const { dsn, logs } = JSON.parse(process.argv[2] ?? '') as {
  readonly dsn: string;
  readonly logs: readonly SdkLog[];
};

let timeMs = 0;
const ORIGIN_MS = 1;
Object.defineProperty(globalThis, 'performance', {
  value: { timeOrigin: ORIGIN_MS, now: () => timeMs - ORIGIN_MS },
});
Date.now = () => timeMs;

init({ dsn, defaultIntegrations: false, sendClientReports: false });
for (const log of logs) {
  timeMs = log.timeMs;
  logger[log.level](log.text, log.attributes);
}
await flush();
