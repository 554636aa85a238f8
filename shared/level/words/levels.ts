/** Canonical level names, most severe first (corpus level rules; the spec's severity table). */
export const LEVELS = ['panic', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

export type Level = (typeof LEVELS)[number];
