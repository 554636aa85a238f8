import { isIP } from 'node:net';

/** Whether a text is a network in CIDR form, such as 10.20.0.0/16 or fd12:3456::/32. */
export function isNetwork(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/');
  const family = address.includes('%') ? 0 : isIP(address);
  if (family === 0 || rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false;
  // A prefix of 0 would open every address there is, which nobody means to.
  return Number(bits) >= 1 && Number(bits) <= (family === 4 ? 32 : 128);
}
