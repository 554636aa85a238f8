/** Thrown when a proxy answers CONNECT with anything but 200. */
export class ProxyRefusedError extends Error {
  override readonly name = 'ProxyRefusedError';
  readonly code = 'PROXY_REFUSED';
  readonly proxyStatus: number;

  constructor(proxyStatus: number) {
    super(`the proxy answered CONNECT with status ${proxyStatus}`);
    this.proxyStatus = proxyStatus;
  }
}
