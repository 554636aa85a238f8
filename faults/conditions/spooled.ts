import { readdirSync } from 'node:fs';

/** Whether a record is in the spool of this directory, whole. */
export function holdsRecords(spoolDir: string): boolean {
  try {
    return readdirSync(spoolDir, { recursive: true }).some((name) => String(name).endsWith('.rec'));
  } catch {
    // A folder that is not there yet, or is just given its name.
    return false;
  }
}
