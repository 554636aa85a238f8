import { isIP } from 'node:net';

/** The addresses of each name that a hosts file has (hosts(5)), in its order; names in lower case. */
export function parseHosts(text: string): ReadonlyMap<string, readonly string[]> {
  const addresses = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (isIP(address) === 0) continue;
    for (const name of names) {
      const key = name.toLowerCase();
      const known = addresses.get(key) ?? [];
      if (!known.includes(address)) addresses.set(key, [...known, address]);
    }
  }
  return addresses;
}
