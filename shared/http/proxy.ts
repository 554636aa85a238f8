import type { Network } from '../destination/network.ts';
import { proxyAddress } from './proxy-address.ts';

interface Exception {
  readonly host: string;
  readonly port: string;
}

/** A URL leaves its scheme's default port out. */
export function effectivePort(protocol: string, port: string): string {
  return port === '' ? (protocol === 'https:' ? '443' : '80') : port;
}

function exceptionsOf(noProxy: string): readonly Exception[] {
  const entries = noProxy.split(/[\s,]+/).filter((entry) => entry !== '');
  return entries.map((entry) => {
    const [, host = entry, port = ''] = /^(.+):(\d+)$/.exec(entry) ?? [];
    return { host: host.replace(/^\*?\./, '').toLowerCase(), port };
  });
}

function covers(exception: Exception, url: URL): boolean {
  const otherPort = exception.port !== '' && exception.port !== effectivePort(url.protocol, url.port);
  if (otherPort) return false;
  return (
    exception.host === '*' || url.hostname === exception.host || url.hostname.endsWith(`.${exception.host}`)
  );
}

/** The proxy to reach a URL through, unless NO_PROXY names its host, a parent domain of it, or `*`. */
export function proxyFor(url: URL, network: Network): URL | undefined {
  if (network.proxyUrl === undefined) return undefined;
  const direct = exceptionsOf(network.noProxy ?? '').some((exception) => covers(exception, url));
  if (direct) return undefined;
  return proxyAddress(network.proxyUrl);
}
