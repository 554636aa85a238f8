import type { Clock } from '../../shared/base/clock.ts';

const REPEAT_AFTER_MS = 60_000;
/** There are few topics; if there are ever more than this, the oldest are forgotten. */
const MAX_TOPICS = 100;

/** Logs one line for whoever runs the shipper; a topic that was logged within the last minute is left out. */
export type Logger = (topic: string, text: string) => void;

/** Writes lines of the form `log-drain: text`. */
export function createLogger(write: (line: string) => void, { monotonic }: Pick<Clock, 'monotonic'>): Logger {
  const lastLoggedMs = new Map<string, number>();
  return (topic, text) => {
    const lastMs = lastLoggedMs.get(topic);
    if (lastMs !== undefined && monotonic() - lastMs < REPEAT_AFTER_MS) return;
    lastLoggedMs.delete(topic);
    lastLoggedMs.set(topic, monotonic());
    const [oldest] = lastLoggedMs.keys();
    if (lastLoggedMs.size > MAX_TOPICS && oldest !== undefined) lastLoggedMs.delete(oldest);
    write(`log-drain: ${text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')}\n`);
  };
}
