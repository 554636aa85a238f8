/** A shipper's start: its time in base 36, so that names sort by age, and its boot id. */
export const SPOOL_ORIGIN_PATTERN = '[0-9a-z]{9}-[A-Za-z0-9_-]{1,32}';
/** Neither boot ids nor streams' names have an `@`. Names of an older form have no stream. */
const FOLDER = new RegExp(`^(${SPOOL_ORIGIN_PATTERN})(?:@([A-Za-z0-9_.-]{1,128}))?$`);

/** What the name of a shipper's folder in the spool says. The main process makes it, senders read those of others. */
export interface SpoolFolderName {
  /** Which start of a shipper it was. */
  readonly origin: string;
  /** Name of the Kinesis stream that the records are for; undefined in folders that do not say it. */
  readonly stream: string | undefined;
}

/** The name of the folder of a shipper that started at `startMs`, in epoch ms, for the stream of this name. */
export function spoolFolderName({
  startMs,
  boot,
  stream,
}: {
  readonly startMs: number;
  readonly boot: string;
  readonly stream: string;
}): string {
  return `${startMs.toString(36).padStart(9, '0')}-${boot}@${stream}`;
}

/** Undefined if no shipper has made a folder of this name. */
export function parseSpoolFolderName(name: string): SpoolFolderName | undefined {
  const [, origin, stream] = FOLDER.exec(name) ?? [];
  return origin === undefined ? undefined : { origin, stream };
}
