import { once } from 'node:events';
import { createServer, type Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer, type TlsOptions, connect as tlsConnect } from 'node:tls';
import { MANIFESTS } from '../../lambdas/registry.ts';
import { closer } from '../../receivers/kit/close-server.ts';
import { isReset } from '../../receivers/kit/is-reset.ts';
import { portOf } from '../../receivers/kit/port.ts';
import type { Receiver } from '../../receivers/kit/receiver.ts';
import { type Misconduct, misanswer, misread } from './misconduct.ts';

/** How a front meets its connections. */
export interface Conduct {
  /** Ends TLS with these; without, bytes go through as they are. */
  readonly tls?: TlsOptions | undefined;
  readonly misconduct?: Misconduct | undefined;
  /** Connections that are met so; those after them are passed through. Default: all. */
  readonly times?: number;
}

/** A hostile party on 127.0.0.1 on the way to a receiver. */
export interface Front {
  /** Takes effect with the next connection. */
  readonly conduct: (conduct: Conduct) => void;
  /** Connections that were met with misconduct, since it was set. */
  readonly met: () => number;
  /** Where connections lead from now on. */
  readonly leadTo: (receiver: Receiver) => void;
  /** The settings of the receiver, leading here; `ca` is trusted in addition. */
  readonly settings: (receiver: Receiver, over?: Over) => Readonly<Record<string, string>>;
  /** Ends the connections that are open: orderly, or by a reset. Returns how many there were. */
  readonly hangUp: (how: 'end' | 'reset') => number;
  readonly close: () => Promise<void>;
}

export interface Over {
  readonly host?: string;
  /** HTTP over TLS; syslog is over TLS anyway. */
  readonly https?: boolean;
  readonly ca?: string;
}

/** Where a receiver listens, by its settings. */
const ADDRESS = /127\.0\.0\.1:(\d+)/;

function portBehind({ settings }: Receiver): number {
  const [, port] = Object.values(settings).flatMap((value) => ADDRESS.exec(value) ?? []);
  if (port === undefined) throw new Error('a receiver has settings with its address');
  return Number(port);
}

/** Whether the destination can trust more than the public authorities. */
function trustsFurther(id: string): boolean {
  const settings = MANIFESTS.find((manifest) => manifest.id === id)?.settings ?? [];
  return settings.some(({ name }) => name === 'LOGS_CA');
}

function settingsOver(
  { id, settings }: Receiver,
  port: number,
  { host = '127.0.0.1', https = false, ca }: Over,
): Record<string, string> {
  const led = Object.entries(settings).map(([name, value]) => {
    const moved = value.replace(ADDRESS, `${host}:${port}`);
    return [name, https && moved !== value ? moved.replace(/^http:/, 'https:') : moved] as const;
  });
  const cas = [settings['LOGS_CA'], ca].filter((pem) => pem !== undefined);
  return {
    ...Object.fromEntries(led),
    ...(cas.length > 0 && trustsFurther(id) ? { LOGS_CA: cas.join('\n') } : {}),
  };
}

/** Starts a front before a receiver, which passes everything through until it is told otherwise. */
export async function startFront(receiver: Receiver): Promise<Front> {
  let target = receiver;
  let conduct: Conduct = {};
  let met = 0;
  const sockets = new Set<Socket>();
  const noted = (socket: Socket): Socket => {
    sockets.add(socket);
    // Whoever breaks off is what this is about.
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    return socket;
  };

  /** A connection to the receiver; where TLS was ended here, that of a receiver with an authority of its own begins anew. */
  function upstream(tls: boolean): { readonly socket: Socket; readonly behind: Duplex } {
    const socket = noted(new Socket({ allowHalfOpen: true }).connect(portBehind(target), '127.0.0.1'));
    const { LOGS_CA: ca } = target.settings;
    if (!tls || ca === undefined) return { socket, behind: socket };
    return { socket, behind: tlsConnect({ socket, ca }).on('error', () => undefined) };
  }

  function serve(client: Duplex, raw: Socket, { tls, misconduct }: Conduct): void {
    const { socket, behind } = upstream(tls !== undefined);
    const reset = (): void => {
      raw.resetAndDestroy();
      behind.destroy();
    };
    // What the client breaks off is broken off behind.
    client.on('error', () => socket.resetAndDestroy());
    const end = async (): Promise<void> => {
      if (await isReset(raw)) socket.resetAndDestroy();
      else behind.end();
    };
    raw.once('close', () => {
      if (!client.readableEnded) socket.resetAndDestroy();
      behind.destroy();
    });
    misread(client, behind, { misconduct, end: () => void end(), reset, close: () => raw.destroy() });
    misanswer(behind, client, misconduct);
  }

  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (raw) => {
    noted(raw);
    const { tls, misconduct } = conduct;
    const bad = misconduct !== undefined && met < (conduct.times ?? Number.POSITIVE_INFINITY);
    if (bad) met += 1;
    const mine = { tls, misconduct: bad ? misconduct : undefined };
    if (mine.tls === undefined) {
      serve(raw, raw, mine);
      return;
    }
    createTlsServer({ ...mine.tls, allowHalfOpen: true } as TlsOptions, (client) => serve(client, raw, mine))
      .on('tlsClientError', () => raw.destroy())
      .emit('connection', raw);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    conduct: (next) => {
      conduct = next;
      met = 0;
    },
    met: () => met,
    leadTo: (next) => {
      target = next;
    },
    settings: (of, over = {}) => settingsOver(of, portOf(server), over),
    hangUp: (how) => {
      const open = [...sockets];
      for (const socket of open) {
        if (how === 'end') socket.end();
        else socket.resetAndDestroy();
      }
      return open.length;
    },
    close: closer(server, () => {
      for (const socket of sockets) socket.destroy();
    }),
  };
}
