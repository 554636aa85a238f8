import { once } from 'node:events';
import type { Server } from 'node:net';

/** Closes a server and, through `cut`, the connections it still has; calling it again does nothing. */
export function closer(server: Server, cut: () => void): () => Promise<void> {
  let closed: Promise<unknown> | undefined;
  return async () => {
    if (closed === undefined) {
      closed = once(server, 'close');
      server.close();
      cut();
    }
    await closed;
  };
}
