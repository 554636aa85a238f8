/** Why an object is in the bucket: `expired` ones are batches that Lambda put aside. */
export const KINDS = ['parked', 'rejected', 'unreadable', 'expired'] as const;
export type Kind = (typeof KINDS)[number];
