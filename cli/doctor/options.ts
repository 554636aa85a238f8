import { group, type OptionValues } from '../../shared/base/options.ts';
import { OUTPUT, STACK } from '../base/shared-options.ts';

export const DOCTOR_OPTIONS = { ...group('Where', { stack: STACK }), ...OUTPUT };

export type DoctorOptions = OptionValues<typeof DOCTOR_OPTIONS>;
