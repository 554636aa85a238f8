import * as z from 'zod';
import { effectivePort } from '../proxy/no-proxy.ts';

/** A value that goes into a header field (RFC 9110 section 5.5), where a stray line end must not get. */
export const headerToken = z.string().regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces');

function isBaseUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return false;
  return url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}

/** A service's address. Whether plain http may be used is up to the network that it is used in. */
export const baseUrl = z
  .string()
  .refine(isBaseUrl, 'must be a URL like https://host.example:443, without user name, query and fragment')
  .transform((text) => new URL(text));

/** The URL with a path put behind it, unless it ends in that path already. */
export function withPath(base: URL, path: string): string {
  const start = base.pathname.replace(/\/+$/, '');
  return base.origin + (start.endsWith(path) ? start : start + path);
}

/** `host:port` of a URL: what requests are paced by. */
export function endpointOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${effectivePort(protocol, port)}`;
}
