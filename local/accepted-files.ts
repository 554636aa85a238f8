import { createWriteStream, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { DestinationId } from '../lambdas/registry.ts';
import type { AcceptedEvent } from '../receivers/kit/receiver.ts';

/** One file per destination, `<id>.ndjson`: a row per accepted event, in order of acceptance. */
export interface AcceptedFiles {
  readonly write: (id: DestinationId, event: AcceptedEvent) => void;
  readonly close: () => Promise<void>;
}

/** Creates the folder and empty files; throws what the file system says. */
export function createAcceptedFiles(dir: string, ids: readonly DestinationId[]): AcceptedFiles {
  mkdirSync(dir, { recursive: true });
  const files = new Map(ids.map((id) => [id, createRowFile(join(dir, `${id}.ndjson`))]));
  return {
    write: (id, { event, request }) => files.get(id)?.add(JSON.stringify({ event, request })),
    close: async () => {
      await Promise.all([...files.values()].map((file) => file.close()));
    },
  };
}

interface RowFile {
  readonly add: (row: string) => void;
  readonly close: () => Promise<void>;
}

/** Rows that are added in one go, such as those of a request, are one write. */
function createRowFile(path: string): RowFile {
  const file = createWriteStream(path, { fd: openSync(path, 'w') });
  let rows: string[] = [];

  function flush(): void {
    if (rows.length === 0) return;
    file.write(`${rows.join('\n')}\n`);
    rows = [];
  }
  return {
    add: (row) => {
      if (rows.length === 0) setImmediate(flush);
      rows.push(row);
    },
    close: async () => {
      flush();
      file.end();
      await finished(file);
    },
  };
}
