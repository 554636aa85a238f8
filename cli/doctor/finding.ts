import { CommandProblem } from '../base/errors.ts';

/** What one look at the deployment found. */
export interface Finding {
  /** What was looked at: `stream`, `datadog mapping`, … */
  readonly about: string;
  readonly state: 'good' | 'note' | 'bad';
  /** A sentence without its full stop. */
  readonly says: string;
  /** What to do about it. */
  readonly next?: string;
}

/** A check that cannot be done is a finding too. */
export async function looked(
  about: string,
  look: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof CommandProblem)) throw error;
    return [{ about, state: 'bad', says: error.message }];
  }
}
