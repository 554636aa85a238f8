import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { DestinationResult, RedriveResult } from './base/result.ts';
import type { Log } from './base/run-context.ts';

export interface RedriveTelemetry {
  readonly log: Log;
  /** Writes a run's metrics in CloudWatch's embedded format. */
  readonly report: (result: RedriveResult, options: ReportOptions) => void;
}

export interface ReportOptions {
  /** The run looked at all that is parked, so it knows the oldest. */
  readonly isWhole: boolean;
  readonly nowMs: number;
}

const NAMESPACE = 'LogDrain';

/** Metrics with the dimensions Stack and Destination, and structured logs, both on stdout. */
export function createRedriveTelemetry(stackName: string): RedriveTelemetry {
  const logger = new Logger({ serviceName: stackName });

  function report(destination: string, result: DestinationResult, options: ReportOptions): void {
    const metrics = new Metrics({ namespace: NAMESPACE, serviceName: stackName });
    // Powertools adds a dimension `service`; ours are the stack and the destination alone.
    metrics.clearDefaultDimensions();
    metrics.setDefaultDimensions({ Stack: stackName, Destination: destination });
    metrics.addMetric('Redriven', MetricUnit.Count, result.lines);
    metrics.addMetric('RedriveFailed', MetricUnit.Count, result.failedLines);
    metrics.addMetric('OnFailureObjects', MetricUnit.Count, result.onFailure);
    if (options.isWhole && result.state !== 'unavailable') {
      const ageMs = result.oldestMs === undefined ? 0 : options.nowMs - result.oldestMs;
      metrics.addMetric('OldestParked', MetricUnit.Seconds, Math.max(0, Math.round(ageMs / 1000)));
    }
    metrics.publishStoredMetrics();
  }

  return {
    log: (level, event, fields) => logger[level](event, { ...fields }),
    report: (result, options) => {
      for (const [destination, one] of Object.entries(result.destinations)) {
        // The run that holds the lease reports.
        if (one.state !== 'busy') report(destination, one, options);
      }
    },
  };
}
