import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DaemonKind, Job } from './daemon-kind.ts';

/** Where a package for this machine's architecture has its plug-ins: Debian's multiarch folders. */
function modulesOf(root: string): string | undefined {
  const lib = join(root, 'usr', 'lib');
  return readdirSync(lib)
    .map((name) => join(lib, name, 'rsyslog'))
    .find((path) => existsSync(join(path, 'imtcp.so')));
}

/** Its parser takes structured data as one text, which a module of its own then reads. */
function elementsOf({ elementsFile }: Job): string {
  if (elementsFile === undefined) return '';
  return `module(load="mmpstrucdata")
template(name="elements" type="string" string="%$!rfc5424-sd%\\n")
action(type="mmpstrucdata" jsonRoot="!" sd_name.lowercase="off")
action(type="omfile" file="${elementsFile}" template="elements")
`;
}

export const RSYSLOG: DaemonKind = {
  name: 'rsyslog',
  keepsMark: true,
  program: 'rsyslogd',
  // Its TCP input tells the framings apart by itself. The queue's timeout is the one thing that is not the default: on a
  // busy machine 1.5 s may be too short to write down what was read before a stop.
  configOf: (job) => `global(workDirectory="${job.dir}" net.enableDNS="off"
  defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="${job.caFile}"
  defaultNetstreamDriverCertFile="${job.certFile}" defaultNetstreamDriverKeyFile="${job.keyFile}")
main_queue(queue.timeoutShutdown="60000")
module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1"
  streamDriver.authMode="${job.asksForCertificate ? 'x509/certvalid' : 'anon'}")
template(name="stored" type="string"
  string="%pri% %timereported:::date-rfc3339% %hostname% %app-name% %procid% %msg%\\n")
input(type="imtcp" address="127.0.0.1" port="${job.port}")
${elementsOf(job)}action(type="omfile" file="${job.storeFile}" template="stored")
`,
  startOf: ({ root }, dir, configFile) => {
    const modules = root === undefined ? undefined : modulesOf(root);
    const args = ['-n', '-f', configFile, '-i', join(dir, 'pid')];
    return { args: modules === undefined ? args : [...args, '-M', modules], env: {} };
  },
};
