import type { Command } from './base/command.ts';
import { DECODE } from './decode/command.ts';
import { DOCTOR } from './doctor/command.ts';
import { LOCAL } from './local/command.ts';
import { PARKED } from './parked/command.ts';
import { REDRIVE } from './redrive/command.ts';
import { RUN } from './run/command.ts';
import { SECRETS } from './secrets/command.ts';
import { SHIP } from './ship/command.ts';
import { TEST } from './test-destination/command.ts';

/** Every command, in the order of the help. Adding one is its folder and a line here. */
export const COMMANDS: readonly Command[] = [
  RUN,
  SHIP,
  LOCAL,
  SECRETS,
  TEST,
  DOCTOR,
  PARKED,
  REDRIVE,
  DECODE,
];
