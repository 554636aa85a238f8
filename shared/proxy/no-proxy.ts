import { BlockList, isIP } from 'node:net';
import { domainToASCII } from 'node:url';

/** A URL leaves its scheme's default port out. */
export function effectivePort(protocol: string, port: string): string {
  return port === '' ? (protocol === 'https:' ? '443' : '80') : port;
}

/**
 * Whether NO_PROXY names a URL's host. Its entries are separated by commas or spaces: a host, which stands for its
 * subdomains too, with or without `.` or `*.` before it; an address; a network such as `10.0.0.0/8`; or `*`. Behind it
 * may be `:port` if only that port is meant, an IPv6 address in brackets then. Networks are held against addresses
 * alone, since names are not looked up for it. What is none of these is passed over.
 */
export function isExempt(url: URL, noProxy: string): boolean {
  const host = bareHost(url.hostname);
  const port = Number(effectivePort(url.protocol, url.port));
  const entries = noProxy.toLowerCase().split(/[\s,]+/);
  return entries.some((entry) => {
    const { named, onlyPort = port } = split(entry);
    return named !== '' && onlyPort === port && covers(named, host);
  });
}

function split(entry: string): { readonly named: string; readonly onlyPort?: number } {
  // An IPv6 address without brackets has colons too, and no port.
  const [, named, port] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
  if (named === undefined) return { named: bareHost(entry) };
  return { named: bareHost(named), onlyPort: Number(port) };
}

function covers(named: string, host: string): boolean {
  if (named === '*') return true;
  const [address = '', bits] = named.split('/');
  if (isIP(address) !== 0) return isIP(host) !== 0 && coversAddress(address, bits, host);
  if (isIP(host) !== 0) return false;
  const domain = domainToASCII(named.replace(/^\*?\.|^\*/, ''));
  if (domain === '') return false;
  // `*agents.example` takes whatever is before it.
  return host === domain || host.endsWith(/^\*[^.]/.test(named) ? domain : `.${domain}`);
}

function coversAddress(address: string, bits: string | undefined, host: string): boolean {
  const list = new BlockList();
  const family = familyOf(address);
  if (bits === undefined) list.addAddress(address, family);
  else if (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 'ipv4' ? 32 : 128)) {
    list.addSubnet(address, Number(bits), family);
  }
  return list.check(host, familyOf(host));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

/** Without brackets, and without the dot that ends a full name. */
function bareHost(host: string): string {
  return host.replace(/^\[(.*)\](?=$|\/)/, '$1').replace(/(?<=[^.])\.$/, '');
}
