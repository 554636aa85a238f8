import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Does something with a file of this text, which is gone afterwards. */
export async function withTemporaryFile<T>(text: string, act: (path: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'log-drain-file-'));
  const path = join(dir, 'file');
  writeFileSync(path, text);
  try {
    return await act(path);
  } finally {
    rmSync(dir, { recursive: true });
  }
}
