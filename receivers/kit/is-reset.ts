import type { Socket } from 'node:net';

/**
 * Whether a connection that seems to have ended was reset by its peer: libuv may tell a reset as an orderly end
 * (lambdas/syslog/whole-reads.ts), but then a write fails, of nothing too. Says false where our side has ended in order.
 */
export function isReset(raw: Socket): Promise<boolean> {
  if (!raw.writable) return Promise.resolve(raw.errored !== null);
  return new Promise((resolve) => {
    raw.write(Buffer.alloc(0), (error) => resolve(error !== null && error !== undefined));
  });
}
