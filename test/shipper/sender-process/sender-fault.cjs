'use strict';
// Preloaded by the shipper's sender.
const { readdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const { SENDER_FAULT: fault, SENDER_FAULT_TIMES: times, SENDER_FAULT_DIR: dir } = process.env;

const FAULTS = {
  exception: () => {
    throw new Error('planted fault with planted-secret');
  },
  rejection: () => Promise.reject(new Error('planted fault with planted-secret')),
  'growing-map': () => {
    const map = new Map();
    for (let at = 0; ; at += 1)
      map.set(
        at,
        Array.from({ length: 100 }, () => at),
      );
  },
  exit: () => process.exit(0),
};

if (process.argv[1]?.endsWith('sender.mjs') && dir !== undefined) {
  const lives = readdirSync(dir).length;
  if (lives < Number(times)) {
    writeFileSync(join(dir, String(lives)), '');
    // Each life ends a little later: before it is ready, while it sends, after it sent.
    setTimeout(() => FAULTS[fault](), 100 + lives * 150);
  }
}
