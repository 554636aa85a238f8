import type { LookupAllOptions } from 'node:dns';
import { readFileSync } from 'node:fs';
import { callbackify } from 'node:util';
import type { Clock } from '../base/clock.ts';
import type { Network } from '../destination/network.ts';
import { createNames } from './names.ts';
import { createAskServers } from './servers.ts';

/** Read on this thread: reading by libuv's pool would wait for whoever takes it. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** How a function finds addresses: from its machine's files and name servers, without libuv's pool. */
export function createFunctionLookup(clock: Clock): NonNullable<Network['lookup']> {
  const find = createNames({
    ask: createAskServers(),
    readFiles: () => ({ hosts: textOf('/etc/hosts'), resolvConf: textOf('/etc/resolv.conf') }),
    clock,
  });
  return callbackify((hostname: string, { family }: LookupAllOptions) => find(hostname, family));
}
