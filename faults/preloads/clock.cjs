'use strict';
// Preloaded by NODE_OPTIONS, and by the sender: the clock of the shipper's processes is off by what the file CLOCK_OFFSET_FILE says, in ms.
const { readFileSync } = require('node:fs');

const { CLOCK_OFFSET_FILE: file } = process.env;
const LOOK_EVERY_MS = 20;

if (/(log-drain|sender)\.mjs$/.test(process.argv[1] ?? '') && file !== undefined) {
  const RealDate = Date;
  let offsetMs = 0;
  const now = () => RealDate.now() + offsetMs;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
  setInterval(() => {
    offsetMs = Number(readFileSync(file, 'utf8')) || 0;
  }, LOOK_EVERY_MS).unref();
}
