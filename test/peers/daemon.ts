import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type ConnectionOptions, connect } from 'node:tls';
import { createAuthority } from '../helpers/certificates.ts';
import { closeServer } from '../helpers/listen.ts';
import type { DaemonKind, Framing, Job, Start } from './daemon-kind.ts';
import { installationOf } from './installation.ts';
import { readStored, type Stored } from './stored.ts';

export interface DaemonOptions {
  /** `newline` by default. */
  readonly framing?: Framing;
  readonly asksForCertificate?: boolean;
  /** Stores the elements of messages too; not by default, since a daemon's default is not to. */
  readonly storesElements?: boolean;
}

/** A real daemon that takes syslog over TLS on 127.0.0.1. */
export interface Daemon {
  /** Of a function that delivers there. */
  readonly settings: Readonly<Record<string, string>>;
  /** Resolves when messages are taken and stored. What was stored before stays. */
  readonly start: () => Promise<void>;
  /** Resolves when the process is gone. */
  readonly stop: (signal?: 'SIGTERM' | 'SIGKILL') => Promise<void>;
  readonly storedBytes: () => Promise<number>;
  /** Stops it, so that it has written all that it will, and reads that. */
  readonly stored: () => Promise<readonly Stored[]>;
  /** Stops it and reads the elements of messages that had some, each as `{ID: {name: value}}`, in order. */
  readonly elements: () => Promise<readonly unknown[]>;
  /** Stops it and removes its files. */
  readonly close: () => Promise<void>;
}

/** Below those that outgoing connections get: one of them could take the port while the daemon is down. */
const PORTS = { first: 10_240, count: 20_000 };

async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    await closeServer(server);
    return port;
  }
}

const PROBE_AGENT = 'probe';
const PROBE = `<14>1 2026-01-01T00:00:00Z ${PROBE_AGENT} probe probe - - ready`;

interface ProbeOptions extends ConnectionOptions {
  readonly framing: Framing;
  readonly isStored: () => Promise<boolean>;
}

/**
 * Sends a message and waits until it is stored; false if there is no session to be had. The session ends only then:
 * rsyslog 8.2302 closes the number of each session twice, the second time perhaps that of the file it has just opened.
 */
async function probe({ framing, isStored, ...options }: ProbeOptions): Promise<boolean> {
  const socket = connect({ ...options, host: '127.0.0.1' });
  const ended = new Promise<boolean>((resolve) => {
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(true));
  });
  socket.resume();
  socket.write(framing === 'newline' ? `${PROBE}\n` : `${PROBE.length} ${PROBE}`);
  while (!socket.destroyed && !(await isStored())) await wait(20);
  socket.end();
  return ended;
}

/** One process after the other, each with the same command. */
function processes(program: string, { args, env }: Start) {
  let child: ChildProcess | undefined;
  let said = '';
  return {
    start: (): void => {
      said = '';
      child = spawn(program, args, {
        env: { PATH: process.env['PATH'], ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding('utf8').on('data', (text: string) => (said += text));
      }
    },
    /** Throws what it said if it is gone. */
    assertRuns: (): void => {
      if (child?.exitCode === null && child.signalCode === null) return;
      throw new Error(`${program} has ended: ${said}`);
    },
    stop: async (signal: NodeJS.Signals): Promise<void> => {
      if (child?.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    },
  };
}

/** Makes the daemon's folder, certificate and configuration. */
export async function createDaemon(kind: DaemonKind, options: DaemonOptions = {}): Promise<Daemon> {
  const { framing = 'newline', asksForCertificate = false, storesElements = false } = options;
  const installation = installationOf(kind);
  if (installation === undefined) throw new Error(`${kind.name} is not installed`);
  const dir = await mkdtemp(join(tmpdir(), 'daemon-'));
  const inDir = (name: string): string => join(dir, name);
  const authority = await createAuthority();
  const server = await authority.issue();
  const client = asksForCertificate ? await authority.issue({ names: ['DNS:client'] }) : undefined;
  const job: Job = {
    dir,
    port: await freePort(),
    framing,
    asksForCertificate,
    caFile: inDir('ca.pem'),
    certFile: inDir('cert.pem'),
    keyFile: inDir('key.pem'),
    storeFile: inDir('stored'),
    elementsFile: storesElements ? inDir('elements') : undefined,
  };
  const configFile = inDir('daemon.conf');
  await writeFile(job.caFile, authority.cert);
  await writeFile(job.certFile, server.cert);
  await writeFile(job.keyFile, server.key, { mode: 0o600 });
  await writeFile(configFile, kind.configOf(job));
  await writeFile(job.storeFile, '');
  const program = processes(installation.program, kind.startOf(installation, dir, configFile));
  const storedBytes = async (): Promise<number> => (await stat(job.storeFile)).size;
  const stop: Daemon['stop'] = (signal = 'SIGTERM') => program.stop(signal);

  return {
    settings: {
      SYSLOG_ENDPOINT: `127.0.0.1:${job.port}`,
      SYSLOG_FRAMING: framing,
      LOGS_CA: authority.cert,
      ...(client === undefined ? {} : { SYSLOG_CLIENT_CERT: client.cert, SYSLOG_CLIENT_KEY: client.key }),
    },
    start: async () => {
      program.start();
      const before = await storedBytes();
      const isStored = async (): Promise<boolean> => (await storedBytes()) > before;
      while (!(await probe({ ...client, port: job.port, ca: authority.cert, framing, isStored }))) {
        program.assertRuns();
        await wait(20);
      }
    },
    stop,
    storedBytes,
    stored: async () => {
      await stop();
      return (await readStored(job.storeFile)).filter(({ agent }) => agent !== PROBE_AGENT);
    },
    elements: async () => {
      await stop();
      const lines = (await readFile(inDir('elements'), 'utf8')).split('\n');
      return lines.filter((line) => line.includes('@')).map((line): unknown => JSON.parse(line));
    },
    close: async () => {
      await stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
