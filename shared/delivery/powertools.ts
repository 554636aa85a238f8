import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { CountMetric, Telemetry } from './telemetry.ts';

const NAMESPACE = 'LogDrain';

/** Metrics in CloudWatch's embedded format and structured logs, both on stdout. */
export function createPowertools({ drain, destination }: { drain: string; destination: string }): Telemetry {
  const logger = new Logger({ serviceName: drain, persistentKeys: { destination } });
  const metrics = new Metrics({ namespace: NAMESPACE, serviceName: drain });
  // Powertools adds a dimension `service`; ours are the stack and the destination alone.
  metrics.clearDefaultDimensions();
  metrics.setDefaultDimensions({ Drain: drain, Destination: destination });
  /** Summed up here: of each value that it is given, Powertools makes a value of its output. */
  const counts = new Map<CountMetric, number>();
  return {
    count: (metric, value) => {
      if (value > 0) counts.set(metric, (counts.get(metric) ?? 0) + value);
    },
    latency: (ms) => metrics.addMetric('DeliveryLatency', MetricUnit.Milliseconds, Math.max(0, ms)),
    log: (level, event, fields) => logger[level](event, { ...fields }),
    flush: () => {
      for (const [metric, value] of counts) metrics.addMetric(metric, MetricUnit.Count, value);
      counts.clear();
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    },
  };
}
