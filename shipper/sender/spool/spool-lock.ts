import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

/**
 * A lock that ends with its owner: a Unix socket in the directory, to which the owner listens. Once the owner is gone,
 * however it ended and whatever container it was in, the kernel refuses connections. Works within one machine.
 */

/** Listens on `folder/name` until this process ends or the returned function is called. Throws if that fails. */
export async function holdLock(folder: string, name: string): Promise<() => void> {
  const server = createServer((socket) => socket.destroy());
  await withShortPath(folder, name, async (path) => {
    server.listen(path);
    await once(server, 'listening');
  });
  server.on('error', () => {});
  server.unref();
  return () => void server.close();
}

/** Whether a process listens on `folder/name`; if that cannot be found out the lock counts as held. */
export async function isHeld(folder: string, name: string): Promise<boolean> {
  try {
    await withShortPath(folder, name, async (path) => {
      const socket = connect(path);
      await once(socket, 'connect').finally(() => socket.destroy());
    });
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code !== 'ECONNREFUSED' && code !== 'ENOENT';
  }
}

/** A socket's path has at most 107 bytes (unix(7)); by way of /proc every folder has a short one. */
async function withShortPath(
  folder: string,
  name: string,
  use: (path: string) => Promise<void>,
): Promise<void> {
  if (process.platform !== 'linux') return use(join(folder, name));
  const handle = await open(folder, 'r');
  try {
    await use(`/proc/self/fd/${handle.fd}/${name}`);
  } finally {
    await handle.close();
  }
}
