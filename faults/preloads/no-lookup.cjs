'use strict';
// Preloaded by functions: who looks a name up by libuv's pool waits for ever, as behind names whose servers are silent.
const dns = require('node:dns');
const { syncBuiltinESMExports } = require('node:module');

dns.lookup = () => undefined;
dns.promises.lookup = () => new Promise(() => undefined);
syncBuiltinESMExports();
