import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DaemonKind, Framing, Job } from './daemon-kind.ts';

/** `network()` ends messages at LF; `syslog()` reads their length first (syslog-ng's guide, source drivers). */
const DRIVER: Readonly<Record<Framing, string>> = {
  newline: 'network(flags(syslog-protocol) ',
  'octet-counted': 'syslog(',
};

function sourceOf(job: Job): string {
  const verify = job.asksForCertificate ? 'required-trusted' : 'optional-untrusted';
  const files = `key-file("${job.keyFile}") cert-file("${job.certFile}") ca-file("${job.caFile}")`;
  return `${DRIVER[job.framing]}ip("127.0.0.1") port(${job.port}) transport("tls") keep-hostname(yes)
    tls(${files} peer-verify(${verify})))`;
}

function elementsOf({ elementsFile }: Job): string {
  if (elementsFile === undefined) return '';
  return `destination elements {
  file("${elementsFile}" template("$(format-json --key .SDATA.* --shift-levels 2)\\n") template-escape(no));
};
log { source(agents); destination(elements); flags(flow-control); };
`;
}

export const SYSLOG_NG: DaemonKind = {
  name: 'syslog-ng',
  keepsMark: false,
  program: 'syslog-ng',
  configOf: (job) => `@version: current
options { use-dns(no); time-zone("UTC"); frac-digits(3); stats-freq(0); };
source agents { ${sourceOf(job)}; };
destination stored {
  file("${job.storeFile}" template("$PRI $S_ISODATE $HOST $PROGRAM $PID $MESSAGE\\n") template-escape(no));
};
${elementsOf(job)}log { source(agents); destination(stored); flags(flow-control); };
`,
  startOf: ({ root }, dir, configFile) => {
    const own = ['-R', 'persist', '-p', 'pid', '-c', 'control'].map((arg) =>
      arg.startsWith('-') ? arg : join(dir, arg),
    );
    const args = ['--foreground', '--no-caps', '--stderr', '-f', configFile, ...own];
    if (root === undefined) return { args, env: {} };
    const libraries = join(root, 'usr', 'lib', 'syslog-ng');
    const modules = readdirSync(libraries).filter((name) => /^\d/.test(name));
    const path = modules.map((name) => join(libraries, name)).join(':');
    return { args: [...args, `--module-path=${path}`], env: { LD_LIBRARY_PATH: libraries } };
  },
};
