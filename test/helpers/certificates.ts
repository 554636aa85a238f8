import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** PEM texts. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface LeafOptions {
  /** Subject alternative names as openssl writes them. Default: `IP:127.0.0.1` and `DNS:localhost`. */
  readonly names?: readonly string[];
  /** Days from now; a negative number makes an expired certificate. Default 2. */
  readonly days?: number;
}

/** A private certificate authority made for one test file. */
export interface Authority {
  /** Its own certificate, PEM. */
  readonly cert: string;
  /** A certificate signed by it, for a server or a client. */
  readonly issue: (options?: LeafOptions) => Promise<KeyPair>;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'] as const;

/** Runs `work` in a temporary directory that is gone afterwards. */
async function inTemporary<T>(work: (path: (name: string) => string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'certificates-'));
  try {
    return await work((name) => join(directory, name));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function issueLeaf(authority: KeyPair, options: LeafOptions): Promise<KeyPair> {
  const { names = ['IP:127.0.0.1', 'DNS:localhost'], days = 2 } = options;
  return inTemporary(async (path) => {
    await writeFile(path('ca.pem'), authority.cert);
    await writeFile(path('ca.key'), authority.key);
    await writeFile(path('names'), `subjectAltName=${names.join(',')}\n`);
    const subject = ['-subj', '/CN=leaf', '-keyout', path('key'), '-out', path('request')];
    await run('openssl', ['req', '-new', ...NEW_KEY, ...subject]);
    const signer = ['-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial'];
    const terms = ['-days', String(days), '-extfile', path('names'), '-out', path('cert')];
    await run('openssl', ['x509', '-req', '-in', path('request'), ...signer, ...terms]);
    return { cert: await readFile(path('cert'), 'utf8'), key: await readFile(path('key'), 'utf8') };
  });
}

/** Makes an authority with the openssl command; nothing stays on disk. */
export async function createAuthority(): Promise<Authority> {
  const own = await inTemporary(async (path) => {
    const subject = [
      '-subj',
      '/CN=test authority',
      '-days',
      '2',
      '-keyout',
      path('key'),
      '-out',
      path('cert'),
    ];
    await run('openssl', ['req', '-x509', ...NEW_KEY, ...subject]);
    return { cert: await readFile(path('cert'), 'utf8'), key: await readFile(path('key'), 'utf8') };
  });
  return { cert: own.cert, issue: (options = {}) => issueLeaf(own, options) };
}
