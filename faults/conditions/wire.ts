import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** A server in between that passes bytes on, can go away with all its connections and come back on its port. */
export interface Wire {
  readonly port: number;
  /** So many came so far. */
  readonly connections: () => number;
  /** Resets all connections, and refuses others until `up`. */
  readonly down: () => Promise<void>;
  readonly up: () => Promise<void>;
}

/** Passes everything on to a port of 127.0.0.1; with `tls`, what it reads behind TLS. */
export function startWire(targetPort: number, tls?: TlsOptions): Promise<Wire> {
  const join = (socket: Socket): void => connectBoth(socket, connect(targetPort, '127.0.0.1'));
  return listening(() => (tls === undefined ? createTcpServer(join) : createTlsServer(tls, join)));
}

/** A proxy for CONNECT. */
export function startProxy(): Promise<Wire> {
  return listening(() => {
    const proxy = createServer();
    proxy.on('connect', ({ url }: IncomingMessage, socket: Socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      connectBoth(socket, connect(Number(url?.split(':')[1]), '127.0.0.1'));
    });
    return proxy;
  });
}

/** Ends one when the other does. */
function connectBoth(one: Socket, other: Socket): void {
  for (const [socket, peer] of [
    [one, other],
    [other, one],
  ] as const) {
    socket.on('error', () => {});
    socket.on('close', () => peer.destroy());
    socket.pipe(peer);
  }
}

async function listening(create: () => Server): Promise<Wire> {
  const sockets = new Set<Socket>();
  let port = 0;
  let connections = 0;
  let server: Server | undefined;
  const up = async (): Promise<void> => {
    server = create();
    server.on('connection', (socket: Socket) => {
      connections += 1;
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  };
  await up();
  return {
    port,
    connections: () => connections,
    up,
    down: async () => {
      const closed = server === undefined ? undefined : once(server, 'close');
      server?.close();
      for (const socket of sockets) socket.resetAndDestroy();
      await closed;
    },
  };
}
