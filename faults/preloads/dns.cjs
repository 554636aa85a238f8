'use strict';
// Preloaded by the sender: no name can be looked up while the file DNS_DOWN_FILE is there, which grows
// with each failure.
const dns = require('node:dns');
const { appendFileSync, existsSync } = require('node:fs');

const { DNS_DOWN_FILE: file } = process.env;

if (process.argv[1]?.endsWith('sender.mjs') && file !== undefined) {
  const { lookup } = dns;
  dns.lookup = (hostname, ...rest) => {
    if (!existsSync(file)) return lookup(hostname, ...rest);
    appendFileSync(file, '.');
    const error = Object.assign(new Error(`getaddrinfo EAI_AGAIN ${hostname}`), {
      code: 'EAI_AGAIN',
      syscall: 'getaddrinfo',
      hostname,
    });
    return process.nextTick(rest.at(-1), error);
  };
}
