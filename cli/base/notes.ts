/** Paragraphs of more than one help page. */

export const CREDENTIALS =
  'Credentials and region come from AWS_* variables, profiles or roles as for any AWS tool.';

/** For `run` and `ship`. */
export const SHIPPER_CREDENTIALS =
  `${CREDENTIALS} The region of an ARN wins. AWS_ENDPOINT_URL_KINESIS sets another endpoint. If the stream is in ` +
  'another account than what the agent uses, set LOG_DRAIN_AWS_ACCESS_KEY_ID, LOG_DRAIN_AWS_PROFILE and so on: the ' +
  'shipper takes these instead of all AWS_*.';

export const QUANTITIES = 'Durations: 10, 10s, 500ms, 2m. Sizes: 262144, 256KiB, 1MiB.';
