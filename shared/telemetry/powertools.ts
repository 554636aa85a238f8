import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { evenSample } from './even-sample.ts';
import type { CountMetric, Telemetry } from './telemetry.ts';

const NAMESPACE = 'LogDrain';
/**
 * Of an invocation's latencies. Powertools writes a document for each hundred values, and a batch of a thousand agents
 * has ten times as many, nearly all the same; what they would tell is not worth the price of the logs.
 */
const MAX_LATENCIES = 99;

/** Metrics in CloudWatch's embedded format and structured logs, both on stdout. */
export function createPowertools({
  stackName,
  destination,
}: {
  stackName: string;
  destination: string;
}): Telemetry {
  const logger = new Logger({ serviceName: stackName, persistentKeys: { destination } });
  const metrics = new Metrics({ namespace: NAMESPACE, serviceName: stackName });
  // Powertools adds a dimension `service`; ours are the stack and the destination alone.
  metrics.clearDefaultDimensions();
  metrics.setDefaultDimensions({ Stack: stackName, Destination: destination });
  /** Summed up here: of each value that it is given, Powertools makes a value of its output. */
  const counts = new Map<CountMetric, number>();
  let latenciesMs: number[] = [];
  return {
    count: (metric, value) => {
      if (value > 0) counts.set(metric, (counts.get(metric) ?? 0) + value);
    },
    latency: (ms) => void latenciesMs.push(Math.max(0, ms)),
    log: (level, event, fields) => logger[level](event, { ...fields }),
    flush: () => {
      for (const [metric, value] of counts) metrics.addMetric(metric, MetricUnit.Count, value);
      counts.clear();
      for (const ms of evenSample(latenciesMs, MAX_LATENCIES))
        metrics.addMetric('DeliveryLatency', MetricUnit.Milliseconds, ms);
      latenciesMs = [];
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    },
  };
}
