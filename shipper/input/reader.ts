import type { StreamCode } from '../../shared/record/format.ts';
import { countLines } from '../base/count-lines.ts';
import type { Source } from './source.ts';
import type { Tee } from './tee.ts';

/** A stream to read, and where a copy of it goes. */
export interface ReaderStream {
  readonly code: StreamCode;
  readonly source: Source;
  readonly tee: Tee | undefined;
}

/** Takes what was read. */
export interface LineSink {
  /** The chunk is copied. */
  readonly write: (stream: StreamCode, chunk: Buffer) => void;
  /** The stream has ended: an unterminated last line is one. */
  readonly end: (stream: StreamCode) => void;
}

/** Reads streams into the sink, and stops only when it is told to. */
export interface Reader {
  /** Settles when all streams are at their end. Rejects if the sink fails: it gets nothing more, and nothing is held up. */
  readonly ended: Promise<void>;
  readonly setPaused: (paused: boolean) => void;
  readonly isPaused: () => boolean;
  /** Ends the streams for the sink. What comes later is read and copied, but no longer sent. */
  readonly stopSending: () => void;
  /** Lines that came after that. */
  readonly lateLines: () => number;
}

export function createReader(streams: readonly ReaderStream[], sink: LineSink): Reader {
  let paused = false;
  let sending = true;
  let lateLines = 0;
  const failure = createFailure();
  /** Sources whose tee asked them to wait. */
  const waiting = new Set<Source>();

  const updateFlow = (source: Source): void => {
    const held = sending && (paused || waiting.has(source));
    source[held ? 'pause' : 'resume']();
  };

  const waitForTee = async (source: Source, room: Promise<void>): Promise<void> => {
    waiting.add(source);
    updateFlow(source);
    await room;
    waiting.delete(source);
    updateFlow(source);
  };

  const stop = (): void => {
    sending = false;
    for (const { source } of streams) updateFlow(source);
  };

  /** A failure of ours is kept from the stream that we read, which has to go on. */
  const guarded = (send: () => void): void => {
    try {
      send();
    } catch (error) {
      stop();
      failure.reject(error);
    }
  };

  const read = async ({ code, source, tee }: ReaderStream): Promise<void> => {
    await source.read((chunk, retain) => {
      const room = tee?.write(chunk, retain);
      if (room !== undefined) void waitForTee(source, room);
      if (sending) guarded(() => sink.write(code, chunk));
      else lateLines += countLines(chunk);
    });
    if (sending) guarded(() => sink.end(code));
  };

  const readAll = async (): Promise<void> => {
    await Promise.all(streams.map(read));
  };
  // Whoever read them before us may have left them at rest.
  for (const { source } of streams) updateFlow(source);
  const ended = Promise.race([readAll(), failure.rejected]);
  ended.catch(() => {});

  return {
    ended,
    setPaused: (value) => {
      paused = value;
      for (const { source } of streams) updateFlow(source);
    },
    isPaused: () => paused,
    stopSending: () => {
      if (!sending) return;
      // Processes that outlive the agent must not block on a full pipe.
      stop();
      for (const { code } of streams) sink.end(code);
    },
    lateLines: () => lateLines,
  };
}

interface Failure {
  /** Never resolves. */
  readonly rejected: Promise<never>;
  readonly reject: (error: unknown) => void;
}

function createFailure(): Failure {
  let reject: Failure['reject'] = () => {};
  const rejected = new Promise<never>((_, rejectIt) => (reject = rejectIt));
  return { rejected, reject: (error) => reject(error) };
}
