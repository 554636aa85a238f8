'use strict';
// Preloaded by the shipper's sender, which dies whenever it reads a record's file
// whose name holds SPOOL_POISON.
const promises = require('node:fs/promises');

const { SPOOL_POISON: poison } = process.env;

if (process.argv[1]?.endsWith('sender.mjs') && poison !== undefined) {
  const { readFile } = promises;
  promises.readFile = (path, ...rest) => {
    if (String(path).includes(poison) && String(path).endsWith('.rec')) process.kill(process.pid, 'SIGKILL');
    return readFile(path, ...rest);
  };
  require('node:module').syncBuiltinESMExports();
}
