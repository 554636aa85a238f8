const ESC = 0x1b;
const BEL = 0x07;
const LF = 0x0a;

/** Index after the escape sequence that begins at `at` (ECMA-48: CSI, OSC and other strings, short ones). */
export function escapeEnd(bytes: Uint8Array, at: number, end: number): number {
  const kind = bytes[at + 1];
  if (at + 1 >= end || kind === undefined) return end;
  if (kind === 0x5b) return csiEnd(bytes, at + 2, end);
  // OSC, DCS, SOS, PM and APC carry a string.
  if (kind === 0x5d || kind === 0x50 || kind === 0x58 || kind === 0x5e || kind === 0x5f) {
    return controlStringEnd(bytes, at + 2, end);
  }
  let last = at + 1;
  while (last < end && isBetween(bytes[last], 0x20, 0x2f)) last += 1;
  return isBetween(bytes[last], 0x30, 0x7e) ? Math.min(last + 1, end) : Math.min(last, end);
}

function csiEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && isBetween(bytes[at], 0x20, 0x3f)) at += 1;
  return at < end && isBetween(bytes[at], 0x40, 0x7e) ? at + 1 : at;
}

/** A string ends at BEL or ESC \; any other ESC or a line end cancels it. */
function controlStringEnd(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at += 1) {
    const byte = bytes[at];
    if (byte === BEL) return at + 1;
    if (byte === LF) return at;
    if (byte === ESC) return bytes[at + 1] === 0x5c && at + 1 < end ? at + 2 : at;
  }
  return end;
}

function isBetween(byte: number | undefined, first: number, last: number): boolean {
  return byte !== undefined && byte >= first && byte <= last;
}
