/** An event source mapping's settings, named as in CreateEventSourceMapping, with its defaults. */
export interface MappingSettings {
  /** 1 to 10,000 records. */
  readonly batchSize: number;
  /** 0 to 300; 0: a batch goes as soon as there are records. */
  readonly maximumBatchingWindowInSeconds: number;
  /** 1 to 10 batches of a shard at once; a partition key's records stay in order. */
  readonly parallelizationFactor: number;
  /** -1: for ever. */
  readonly maximumRetryAttempts: number;
  /** -1: for ever. */
  readonly maximumRecordAgeInSeconds: number;
  readonly bisectBatchOnFunctionError: boolean;
  /** FunctionResponseTypes holds ReportBatchItemFailures. */
  readonly reportBatchItemFailures: boolean;
  readonly startingPosition:
    | { readonly type: 'TRIM_HORIZON' | 'LATEST' }
    | { readonly type: 'AT_TIMESTAMP'; readonly timestampMs: number };
}

export const DEFAULT_MAPPING_SETTINGS: MappingSettings = {
  batchSize: 100,
  maximumBatchingWindowInSeconds: 0,
  parallelizationFactor: 1,
  maximumRetryAttempts: -1,
  maximumRecordAgeInSeconds: -1,
  bisectBatchOnFunctionError: false,
  reportBatchItemFailures: false,
  startingPosition: { type: 'TRIM_HORIZON' },
};
