import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

/** The same lines whenever and wherever it is run. */
const SEED = 0x10c_d7a1;
const FIRST_MS = Date.UTC(2026, 0, 15, 0, 44, 33);
const CHUNK_LINES = 1_000;

const LOGGERS = ['livekit.agents', 'livekit.plugins.stt', 'livekit.plugins.tts', 'front-desk', 'httpx'];
const MESSAGES = [
  'received user transcript',
  'agent speech finished',
  'llm call done, first token in time',
  'tool call returned',
  'participant moved between tracks',
  'retrying the speech-to-text stream after "connection reset"',
  'Réservation confirmée, à bientôt',
  'お待たせしました。ご予約を確認しました。',
];
/** As often as they come in production. */
const LEVELS = ['DEBUG', 'INFO', 'INFO', 'INFO', 'INFO', 'INFO', 'INFO', 'WARNING', 'INFO', 'ERROR'];

/** Numbers from 0 to below 1, from a seed (xorshift32, Marsaglia 2003). */
function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Makes lines as an agent's JSON logging writes them in production, about 240 bytes each on average, LF included. */
export function createCorpus(): () => string {
  const random = seededRandom(SEED);
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)] ?? '';
  const id = (length: number): string => {
    let text = '';
    while (text.length < length) text += Math.floor(random() * 2 ** 32).toString(36);
    return text.slice(0, length);
  };
  let timeMs = FIRST_MS;
  let room = '';
  let job = '';
  let left = 0;
  return () => {
    if (left === 0) {
      room = `room-${id(5)}`;
      job = `AJ_${id(8)}`;
      left = 20 + Math.floor(random() * 200);
    }
    left -= 1;
    timeMs += Math.floor(random() * 40);
    const timestamp = new Date(timeMs)
      .toISOString()
      .replace('Z', `${Math.floor(random() * 900) + 100}+00:00`);
    const duration = (random() * 3).toFixed(4);
    return (
      `{"message": ${JSON.stringify(pick(MESSAGES))}, "level": "${pick(LEVELS)}", "name": "${pick(LOGGERS)}"` +
      `, "job_id": "${job}", "room": "${room}", "speech_id": "${id(12)}"` +
      `, "duration": ${duration}, "timestamp": "${timestamp}"}\n`
    );
  };
}

/** Writes the corpus; returns its length in bytes. */
export async function writeCorpus(path: string, lines: number): Promise<number> {
  const next = createCorpus();
  const file = createWriteStream(path);
  let bytes = 0;
  for (let done = 0; done < lines; done += CHUNK_LINES) {
    let text = '';
    for (let i = done; i < Math.min(lines, done + CHUNK_LINES); i += 1) text += next();
    const chunk = Buffer.from(text);
    bytes += chunk.length;
    if (!file.write(chunk)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
  return bytes;
}
