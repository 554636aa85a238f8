import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { createAuthority } from '../../receivers/kit/certificate.ts';

/** Something to connect to that is not what it should be. */
export interface BadPeer {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Nobody listens. */
export async function closedPort(): Promise<number> {
  const { port, close } = await listen(createServer());
  await close();
  return port;
}

/** Takes connections and never says a word, so that TLS is never agreed upon. */
export function silentServer(): Promise<BadPeer> {
  return listen(createServer((socket) => socket.resume().on('error', () => undefined)));
}

/** Speaks TLS with a certificate of an authority that nobody has been told of. */
export function strangersServer(): Promise<BadPeer> {
  return listen(createTlsServer(createAuthority().issueServer()));
}

async function listen(server: Server): Promise<BadPeer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
