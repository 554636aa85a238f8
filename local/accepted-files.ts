import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { DestinationId } from '../shared/delivery/destination.ts';
import type { AcceptedEvent } from './receivers/receiver.ts';

/** One file per destination, `<id>.ndjson`: a row per accepted event, in order of acceptance. */
export interface AcceptedFiles {
  readonly write: (id: DestinationId, event: AcceptedEvent) => void;
  readonly close: () => Promise<void>;
}

/** Creates the folder and empty files; throws what the file system says. */
export function createAcceptedFiles(dir: string, ids: readonly DestinationId[]): AcceptedFiles {
  mkdirSync(dir, { recursive: true });
  const files = new Map(ids.map((id) => [id, createWriteStream(join(dir, `${id}.ndjson`))]));
  return {
    write: (id, { event, request }) => void files.get(id)?.write(`${JSON.stringify({ event, request })}\n`),
    close: async () => {
      await Promise.all(
        [...files.values()].map(async (file) => {
          file.end();
          await finished(file);
        }),
      );
    },
  };
}
