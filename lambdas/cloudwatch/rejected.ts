import type { RejectedLogEventsInfo } from '@aws-sdk/client-cloudwatch-logs';
import type { Rejection } from '../../shared/destination/outcome.ts';

/**
 * The events that PutLogEvents did not store, by its RejectedLogEventsInfo: too old and expired ones end before an
 * index, too new ones begin at one. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_RejectedLogEventsInfo.html
 * An index outside the request is moved to its nearer end; ranges never overlap.
 */
export function rejectionsOf(info: RejectedLogEventsInfo | undefined, events: number): readonly Rejection[] {
  const within = (index: number | undefined, otherwise: number): number =>
    Math.min(Math.max(Math.trunc(index ?? otherwise), 0), events);
  const oldTo = within(info?.tooOldLogEventEndIndex, 0);
  const expiredTo = Math.max(oldTo, within(info?.expiredLogEventEndIndex, 0));
  const newFrom = Math.max(expiredTo, within(info?.tooNewLogEventStartIndex, events));
  const ranges = [
    { from: 0, to: oldTo, reason: 'too-old' },
    { from: oldTo, to: expiredTo, reason: 'past-retention' },
    { from: newFrom, to: events, reason: 'too-new' },
  ];
  return ranges.filter(({ from, to }) => from < to);
}
