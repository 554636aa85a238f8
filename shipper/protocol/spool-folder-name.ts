/**
 * The name of a shipper's folder in the spool: the time of its start in base 36, so that names sort by age, and its
 * boot id. The main process makes it, the sender opens the folder and recognizes those of others.
 */
export const SPOOL_FOLDER_PATTERN = '[0-9a-z]{9}-[A-Za-z0-9_-]{1,32}';

/** The name of the folder of a shipper that started at `startMs`, in epoch ms. */
export function spoolFolderName(startMs: number, boot: string): string {
  return `${startMs.toString(36).padStart(9, '0')}-${boot}`;
}
