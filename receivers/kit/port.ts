import type { Server } from 'node:net';

/** The port that a listening TCP server was given. */
export function portOf(server: Server): number {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The server does not listen on TCP');
  return address.port;
}
