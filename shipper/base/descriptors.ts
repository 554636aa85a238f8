import { constants, fstatSync, openSync, readFileSync, readlinkSync } from 'node:fs';
import type { Socket } from 'node:net';

/** What a file descriptor of ours refers to. */
export interface Descriptor {
  readonly fd: number;
  readonly kind: 'pipe' | 'socket' | 'file' | 'other';
  /** The same for two that refer to one pipe, terminal or file; undefined where the system does not tell. */
  readonly identity: string | undefined;
}

/** Asks the system; a descriptor that is not open is of kind `other`. */
export function describeFd(fd: number): Descriptor {
  try {
    const stat = fstatSync(fd);
    const identity = `${stat.dev}:${stat.ino}`;
    if (stat.isFIFO()) return { fd, kind: 'pipe', identity };
    if (stat.isSocket()) return { fd, kind: 'socket', identity };
    return { fd, kind: stat.isFile() ? 'file' : 'other', identity };
  } catch {
    return { fd, kind: 'other', identity: undefined };
  }
}

/**
 * Opens a pipe once more, non-blocking and for us alone. The flag belongs to what is opened and not to the descriptor,
 * so on the one that we were given it would hold for all who share it: their writes would fail with EAGAIN. Undefined
 * where that cannot be done: for a socket, for another user's pipe, without /proc.
 */
export function reopenPipe({ fd, kind }: Descriptor, access: 'read' | 'write'): number | undefined {
  if (kind !== 'pipe') return undefined;
  const path = `/proc/self/fd/${fd}`;
  try {
    // Of a pipe with a name, whoever opens it after the last writer is gone is never told its end (fifo(7)).
    if (access === 'read' && !readlinkSync(path).startsWith('pipe:')) return undefined;
    return openSync(
      path,
      (access === 'read' ? constants.O_RDONLY : constants.O_WRONLY) | constants.O_NONBLOCK,
    );
  } catch {
    return undefined;
  }
}

/** Whether O_NONBLOCK is set, as /proc tells; false where it does not, since it seldom is. */
export function isNonBlocking(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & constants.O_NONBLOCK) !== 0;
  } catch {
    return false;
  }
}

/** The part of a stream that Node does not document: libuv's uv_stream_set_blocking. */
interface Handled {
  readonly _handle?: { readonly setBlocking?: (blocking: boolean) => number } | null;
}

/** Clears O_NONBLOCK, which Node sets on every pipe or socket that it opens as a stream. */
export function makeBlocking(socket: Socket): void {
  const { _handle: handle } = socket as Handled;
  handle?.setBlocking?.(true);
}
