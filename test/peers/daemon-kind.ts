/** Where a daemon's program is. */
export interface Installation {
  readonly program: string;
  /** What stands for `/` to a package that is unpacked and not installed. */
  readonly root: string | undefined;
}

export type Framing = 'newline' | 'octet-counted';

/** What a daemon is to do. */
export interface Job {
  /** For files of its own. */
  readonly dir: string;
  /** Of 127.0.0.1, for syslog over TLS. */
  readonly port: number;
  readonly framing: Framing;
  /** Connections must show a certificate of `caFile`. */
  readonly asksForCertificate: boolean;
  /** PEM, as the two others. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** Where each message becomes a line: PRI, time (RFC 3339), host, app, process, MSG, with a space between them. */
  readonly storeFile: string;
  /** Where the elements of each message become a line, as the daemon itself has parsed them: JSON, by ID and name. */
  readonly elementsFile: string | undefined;
}

export interface Start {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A syslog daemon as its package has it. */
export interface DaemonKind {
  readonly name: string;
  /** File name of its program. */
  readonly program: string;
  /** A text keeps a leading U+FEFF; to RFC 5424 section 6.4 that is no part of it, and only says that it is UTF-8. */
  readonly keepsMark: boolean;
  /** Its configuration; what is not said in it is the daemon's default. */
  readonly configOf: (job: Job) => string;
  /** How to start it in the foreground, its files in `dir`. */
  readonly startOf: (installation: Installation, dir: string, configFile: string) => Start;
}
