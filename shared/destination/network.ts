import type { LookupAddress, LookupAllOptions } from 'node:dns';
import type { ProxySettings } from '../proxy/proxy-for.ts';

/** How a function may reach out: made once per container from its environment (shared/settings/environment.ts). */
export interface Network extends ProxySettings {
  /** From ALLOW_PRIVATE_DESTINATIONS: undefined = public addresses and https only; 'all'; or CIDRs. */
  readonly allowPrivate: undefined | 'all' | readonly string[];
  /** From ASSUMABLE_ROLES: ARNs of the roles that settings may name; undefined: none. */
  readonly assumableRoles?: readonly string[];
  /** `name/version`, for User-Agent and alike. */
  readonly client: string;
  /** Finds all addresses of a host name; default: the system's. */
  readonly lookup?: (hostname: string, options: LookupAllOptions, callback: FoundAddresses) => void;
}

type FoundAddresses = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;
