import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * What a destination's own file in `test/` exports under this name; the path is from the root. Throws an error that says
 * which file is missing, or which export.
 */
export async function mirrored<T>(path: string, name: string): Promise<T> {
  if (!existsSync(path))
    throw new Error(`${path} is missing: it exports ${name} (CONTRIBUTING.md, "Add a destination").`);
  const loaded = (await import(resolve(path))) as Readonly<Record<string, T>>;
  const found = loaded[name];
  if (found === undefined) throw new Error(`${path} does not export ${name}.`);
  return found;
}
