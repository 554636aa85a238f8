import { spawn, spawnSync } from 'node:child_process';
import { resultOf } from '../../test/helpers/run-cli.ts';
import type { Fault, Outcome, Scale } from './fault.ts';
import { withTemporaryFile } from './temporary-file.ts';

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
  const program = [process.execPath, '--import', 'tsx', 'faults/main.ts', name, '--json'];
  const asked = [...program, ...(scale === 'small' ? ['--small'] : [])];
  const env = { ...process.env, [INSIDE]: '1' };
  const { stdout, stderr } = await withTemporaryFile(`nameserver ${NAME_SERVER}\n`, (resolvConf) =>
    resultOf(spawn('unshare', [...UNSHARE, resolvConf, ...asked], { env }), ''),
  );
  if (!stdout.startsWith('{')) throw new Error(`the row did not end: ${stderr.slice(-500)}`);
  const outcome = (JSON.parse(stdout) as Played).rows[0]?.outcome ?? { error: 'there is no such row' };
  if ('error' in outcome) throw new Error(outcome.error);
  return outcome;
}
