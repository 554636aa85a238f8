import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import type { Network } from '../destination/network.ts';

type AllowPrivate = Network['allowPrivate'];

/** Thrown, or handed to the lookup's callback, before anything is sent to an address that is not allowed. */
export class AddressRefusedError extends Error {
  readonly code = 'ADDRESS_REFUSED';

  constructor(address: string) {
    super(`${address} is not a public address, and ALLOW_PRIVATE_DESTINATIONS does not name its network`);
    this.name = 'AddressRefusedError';
  }
}

/** Never opened by a list of networks: the machine itself and its link, where metadata services live. */
const LOCAL = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '::/128',
  '::1/128',
  'fe80::/10',
  // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html (IPv6 endpoint)
  'fd00:ec2::/32',
  // Forms that carry an IPv4 address which no rule here would see: IPv4-compatible and -translated (RFC 4291 section
  // 2.5.5.1, RFC 2765 section 2.1), NAT64 of local use (RFC 8215), Teredo (RFC 4380), 6to4 (RFC 3056).
  '::/96',
  '::ffff:0:0:0/96',
  '64:ff9b:1::/48',
  '2001::/32',
  '2002::/16',
];

/** https://www.iana.org/assignments/iana-ipv4-special-registry and …/multicast-addresses (IPv4). */
const SPECIAL_IPV4 = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** Exceptions within 2000::/3: https://www.iana.org/assignments/iana-ipv6-special-registry (protocols, documentation). */
const SPECIAL_IPV6 = ['2001::/23', '2001:db8::/32', '3fff::/20'];

/** Global unicast (RFC 4291 section 2.4), and the forms that carry an IPv4 address to be judged as such. */
const GLOBAL = ['0.0.0.0/0', '2000::/3'];

/** NAT64 (RFC 6052 section 2.1). Node itself holds IPv4 rules against IPv4-mapped addresses too. */
const NAT64 = '64:ff9b::';

function networks(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', bits = ''] = cidr.split('/');
    if (isIP(address) === 4) {
      list.addSubnet(address, Number(bits), 'ipv4');
      list.addSubnet(NAT64 + address, 96 + Number(bits), 'ipv6');
    } else {
      list.addSubnet(address, Number(bits), 'ipv6');
    }
  }
  return list;
}

const local = networks(LOCAL);
const special = networks([...SPECIAL_IPV4, ...SPECIAL_IPV6]);
const global = networks(GLOBAL);
const opened = new WeakMap<readonly string[], BlockList>();

function openedNetworks(cidrs: readonly string[]): BlockList {
  const list = opened.get(cidrs) ?? networks(cidrs);
  opened.set(cidrs, list);
  return list;
}

/** Whether a connection may be made to an address: always to public ones, to others as the operator allows. */
export function addressAllowed(ip: string, allowPrivate: AllowPrivate): boolean {
  if (allowPrivate === 'all') return true;
  const version = isIP(ip);
  // A zone names an interface of this very machine (RFC 4007 section 11).
  if (version === 0 || ip.includes('%')) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (local.check(ip, family)) return false;
  if (allowPrivate !== undefined && openedNetworks(allowPrivate).check(ip, family)) return true;
  return global.check(ip, family) && !special.check(ip, family);
}

/** Refuses IP literals, for which no lookup happens. Host names pass: `guardedLookup` judges them. */
export function assertHostAllowed(host: string, allowPrivate: AllowPrivate): void {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) !== 0 && !addressAllowed(bare, allowPrivate)) throw new AddressRefusedError(bare);
}

/** A lookup for sockets that lead to the operator's own choice, such as AWS or a proxy; by default the system's. */
export function socketLookup(lookup: Network['lookup']): LookupFunction {
  return guardedLookup({ allowPrivate: 'all', lookup: lookup ?? systemLookup });
}

/** A lookup for sockets that passes on allowed addresses only: what was checked is what is connected to. */
export function guardedLookup({
  allowPrivate,
  lookup = systemLookup,
}: Pick<Network, 'allowPrivate' | 'lookup'>): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error !== null) return callback(error, '');
      const allowed = found.filter(({ address }) => addressAllowed(address, allowPrivate));
      const [first] = allowed;
      if (first === undefined) return callback(new AddressRefusedError(hostname), '');
      return options.all === true ? callback(null, allowed) : callback(null, first.address, first.family);
    });
  };
}
