import { isExempt } from './no-proxy.ts';
import { proxyAddress } from './proxy-address.ts';

/** What the environment says of proxies, as it says it. */
export interface ProxySettings {
  /** Undefined: there is none. */
  readonly proxyUrl: string | undefined;
  /** The variable that it is from, for messages; by default HTTPS_PROXY. */
  readonly proxyVariable?: string | undefined;
  readonly noProxy: string | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

/** In lower and upper case each; the first that is set counts, as with curl. */
const PROXY_VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'] as const;

/** The proxy for https in an environment, by default this process's own, not yet looked at. */
export function readProxy(env: Env = process.env): ProxySettings {
  const proxyVariable = PROXY_VARIABLES.find((name) => (env[name] ?? '').trim() !== '');
  return {
    proxyUrl: proxyVariable === undefined ? undefined : env[proxyVariable],
    proxyVariable,
    noProxy: env['no_proxy'] || env['NO_PROXY'] || undefined,
  };
}

/**
 * The proxy to reach a URL through; undefined: directly, since there is none or NO_PROXY names the URL's host. Throws an
 * EnvironmentError, which holds no password, for a proxy that cannot be used.
 */
export function proxyFor(url: URL, settings: ProxySettings): URL | undefined {
  const { proxyUrl, proxyVariable, noProxy = '' } = settings;
  if (proxyUrl === undefined || isExempt(url, noProxy)) return undefined;
  return proxyAddress(proxyUrl, proxyVariable);
}
