import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault, Outcome, Scale } from './fault.ts';

/** Set where a row is played in a network of its own. */
const INSIDE = 'LOG_DRAIN_OWN_NETWORK';
/** A network and mounts of its own (unshare(1)), in which the first argument is /etc/resolv.conf. */
const UNSHARE = [
  '--net',
  '--mount',
  'sh',
  '-c',
  'ip link set lo up && mount --bind "$0" /etc/resolv.conf && exec "$@"',
] as const;

/** The name server that such a row has to open, on UDP port 53. */
const NAME_SERVER = '127.0.0.1';

/** Why no network can be made here, in words that say what helps; undefined if one can. */
function lacksNetworks(): string | undefined {
  const { status, stderr } = spawnSync('unshare', [...UNSHARE, '/dev/null', 'true'], { encoding: 'utf8' });
  if (status === 0) return undefined;
  const why = stderr?.trim().split('\n')[0] || 'unshare(1) is not there';
  return `no network namespace can be made here (${why}): run as root, with unshare and ip (Debian: util-linux, iproute2)`;
}

/** A row that is played where nobody else is: with a loopback interface, and a name server that is the row's own. */
export function ownNetwork(fault: Fault): Fault {
  return {
    ...fault,
    lacks: lacksNetworks,
    run: (scale) => (process.env[INSIDE] === '1' ? fault.run(scale) : playInside(fault.name, scale)),
  };
}

interface Played {
  readonly rows: readonly { readonly outcome: Outcome | { readonly error: string } }[];
}

async function playInside(name: string, scale: Scale): Promise<Outcome> {
  const played = await withResolvConf(async (resolvConf) => {
    const program = [process.execPath, '--import', 'tsx', 'faults/main.ts', name, '--json'];
    const args = [...UNSHARE, resolvConf, ...program, ...(scale === 'small' ? ['--small'] : [])];
    const child = spawn('unshare', args, {
      env: { ...process.env, [INSIDE]: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { out: '', error: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said.error += text));
    await once(child, 'close');
    if (!said.out.startsWith('{')) throw new Error(`the row did not end: ${said.error.slice(-500)}`);
    return JSON.parse(said.out) as Played;
  });
  const outcome = played.rows[0]?.outcome ?? { error: 'there is no such row' };
  if ('error' in outcome) throw new Error(outcome.error);
  return outcome;
}

/** Does something with a file that names the row's name server. */
async function withResolvConf<T>(act: (path: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'log-drain-names-'));
  const path = join(dir, 'resolv.conf');
  writeFileSync(path, `nameserver ${NAME_SERVER}\n`);
  try {
    return await act(path);
  } finally {
    rmSync(dir, { recursive: true });
  }
}
