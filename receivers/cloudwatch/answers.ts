import type { FaultRule } from '../kit/faults.ts';
import { PAGES, partly, said, spaced, status, statuses } from '../kit/http-answers.ts';
import type { ServiceAnswers } from '../kit/receiver-kind.ts';

/** Errors of CloudWatch Logs, by name. */
const errors = (names: readonly string[], message = 'words', code = 400): readonly FaultRule[] =>
  names.map((name) => said(code, { __type: name, message }));

const WHOLE = [0, Number.MAX_SAFE_INTEGER] as const;

export const ANSWERS: ServiceAnswers = {
  refusal: said(400, { __type: 'AccessDeniedException', message: 'no' }),
  refusing: [
    ...statuses([401, 403, 404, 301, 307]),
    ...errors(['UnrecognizedClientException', 'AccessDeniedException', 'InvalidSignatureException']),
    ...errors(['ExpiredTokenException', 'MissingAuthenticationToken', 'IncompleteSignature']),
    ...errors(['LimitExceededException']),
  ],
  waiting: [
    ...statuses([408, 429, 500, 502, 503, 504]),
    ...errors(['ThrottlingException', 'RequestLimitExceeded', 'OperationAbortedException']),
    ...errors(['InvalidSequenceTokenException', 'com.amazonaws.logs#ThrottlingException:http://words/']),
    ...errors(['ServiceUnavailableException'], 'words', 503),
    ...errors(['InternalFailure'], 'words', 500),
  ],
  throttling: said(400, { __type: 'ThrottlingException', message: 'Rate exceeded' }),
  splitting: spaced([
    ...errors(['InvalidParameterException'], 'Upload too large: 9 bytes exceeds limit of 1048576'),
    ...errors(['InvalidParameterException'], 'Log event too large: 9 bytes exceeds limit of 1048576'),
    ...errors(['InvalidParameterException'], 'The batch of log events cannot span more than 24 hours.'),
    ...errors(['InvalidParameterException'], 'Log events must be in chronological order.'),
    ...errors(['SerializationException', 'ValidationException']),
    ...statuses([413]),
  ]),
  misleading: [...PAGES, said(200, { __type: 'ThrottlingException' }), status(200)],
  telling: [
    {
      ...partly([3, 40], 200, {
        rejectedLogEventsInfo: { tooOldLogEventEndIndex: 3, tooNewLogEventStartIndex: 40 },
      }),
      // Making the log group and the stream takes five requests.
      after: 5,
    },
    partly([2, 1_000_000], 200, { rejectedLogEventsInfo: { expiredLogEventEndIndex: 2 } }),
    partly(WHOLE, 400, { __type: 'DataAlreadyAcceptedException', message: 'words' }),
    ...errors(['ResourceNotFoundException']),
  ],
  tellingRejects: true,
};
