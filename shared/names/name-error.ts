/** A name has no address, or nobody says which; `code` is as getaddrinfo(3) has it. */
export class NameError extends Error {
  override readonly name = 'NameError';
  readonly syscall = 'getaddrinfo';
  readonly hostname: string;
  /** ENOTFOUND: there is none; EAI_AGAIN: it is not known now. */
  readonly code: 'ENOTFOUND' | 'EAI_AGAIN';

  constructor(hostname: string, code: NameError['code']) {
    super(
      code === 'ENOTFOUND' ? `${hostname} has no address` : `no name server told the address of ${hostname}`,
    );
    this.hostname = hostname;
    this.code = code;
  }
}
