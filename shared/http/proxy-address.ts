import { EnvironmentError } from '../base/environment-error.ts';

/** A proxy's address out of HTTPS_PROXY and alike, which may leave the scheme out and may hold a password. */
export function proxyAddress(text: string): URL {
  const full = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw new EnvironmentError('HTTPS_PROXY must be the URL of a proxy, such as http://proxy.example:3128.');
}
