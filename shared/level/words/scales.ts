import type { Level } from './levels.ts';

type Steps = readonly (readonly [from: number, level: Level])[];

function scale(steps: Steps, last: number): (value: number) => Level | undefined {
  return (value) => (value > last ? undefined : steps.find(([from]) => value >= from)?.[1]);
}

/** Level of a pino or bunyan number, 10 to 60; between two levels it is the lower one. */
export const pinoLevel = scale(
  [
    [60, 'fatal'],
    [50, 'error'],
    [40, 'warn'],
    [30, 'info'],
    [20, 'debug'],
    [10, 'trace'],
  ],
  60,
);

/** Level of a number of Python's logging module; 0 is NOTSET, below DEBUG is the usual place of TRACE. */
export const pythonLevel = scale(
  [
    [50, 'fatal'],
    [40, 'error'],
    [30, 'warn'],
    [20, 'info'],
    [10, 'debug'],
    [1, 'trace'],
  ],
  99,
);

/** Level of a Monolog number, 100 (debug) to 600 (emergency). */
export const monologLevel = scale(
  [
    [600, 'panic'],
    [500, 'fatal'],
    [400, 'error'],
    [300, 'warn'],
    [200, 'info'],
    [100, 'debug'],
  ],
  600,
);

/** Level of an OpenTelemetry severity number, 1 to 24 (logs data model, "Field: SeverityNumber"). */
export const openTelemetryLevel = scale(
  [
    [21, 'fatal'],
    [17, 'error'],
    [13, 'warn'],
    [9, 'info'],
    [5, 'debug'],
    [1, 'trace'],
  ],
  24,
);

/** Level of a syslog severity, 0 to 7 (RFC 5424 section 6.2.1). */
export const syslogLevel = scale(
  [
    [7, 'debug'],
    [5, 'info'],
    [4, 'warn'],
    [3, 'error'],
    [1, 'fatal'],
    [0, 'panic'],
  ],
  7,
);
