const MIB = 1024 * 1024;

/** How many bytes may wait at each place. */
export interface Bounds {
  /** Of the agent's output, for compression. */
  readonly rawBytes: number;
  /** Of compressed records, for Kinesis. */
  readonly bufferBytes: number;
  /** Of the copy to our own stdout, and of that to stderr. */
  readonly copyBytes: number;
}

/** With this much memory or more there is room for all of it. */
const ENOUGH_BYTES = 512 * MIB;
const FULL: Bounds = { rawBytes: 32 * MIB, bufferBytes: 64 * MIB, copyBytes: 16 * MIB };
/** What our two processes take when nothing waits, with some room for the agent. */
const OWN_BYTES = 128 * MIB;
/** Below this nothing moves: one batch is compressed while another is filled, and one record is sent. */
const LEAST: Bounds = { rawBytes: 2 * MIB, bufferBytes: 2 * MIB, copyBytes: MIB / 4 };

/**
 * The bounds in a container whose memory is limited to `limitBytes`: in full from 512 MiB on, below that in proportion
 * to what is left beside 128 MiB for our processes. So 160 MiB leave a twelfth.
 */
export function boundsWithin(limitBytes: number): Bounds {
  const share = Math.min(1, Math.max(0, (limitBytes - OWN_BYTES) / (ENOUGH_BYTES - OWN_BYTES)));
  const part = (name: keyof Bounds): number => Math.max(LEAST[name], Math.floor(FULL[name] * share));
  return { rawBytes: part('rawBytes'), bufferBytes: part('bufferBytes'), copyBytes: part('copyBytes') };
}

/**
 * The memory that this process may use, in bytes: the limit of its control group (versions 1 and 2) as Node finds it,
 * or without one more than any machine has.
 */
export function memoryLimitBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? limit : Number.POSITIVE_INFINITY;
}
