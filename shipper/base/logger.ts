const REPEAT_AFTER_MS = 60_000;
/** Topics are few; should they not be, the oldest are forgotten. */
const MAX_TOPICS = 100;

/** Tells whoever runs us something in one line; the same `topic` not again within a minute. */
export type Say = (topic: string, text: string) => void;

/** Writes `log-drain: text` lines; `now` is in ms. */
export function createSay(write: (line: string) => void, now: () => number): Say {
  const lastSaidMs = new Map<string, number>();
  return (topic, text) => {
    const lastMs = lastSaidMs.get(topic);
    if (lastMs !== undefined && now() - lastMs < REPEAT_AFTER_MS) return;
    lastSaidMs.delete(topic);
    lastSaidMs.set(topic, now());
    const [oldest] = lastSaidMs.keys();
    if (lastSaidMs.size > MAX_TOPICS && oldest !== undefined) lastSaidMs.delete(oldest);
    write(`log-drain: ${text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')}\n`);
  };
}
