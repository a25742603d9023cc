/** Telemetry of a function: lines as JSON through Powertools, a few metrics in embedded metric format. */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRICS } from '../config/aws-environment.ts';
import type { Telemetry } from '../ports/telemetry.ts';

/**
 * The counters that become metrics. CloudWatch charges $0.30 a month for each metric, so it is told only what alarms and
 * the dashboard show; requests and capacity are in the services' own metrics.
 */
const COUNTERS: Readonly<Record<string, string>> = {
  http_request_bytes_total: METRICS.bytesIn,
  http_response_bytes_total: METRICS.bytesOut,
};

export function lambdaTelemetry(logger: Logger, metrics: Metrics): Telemetry {
  return {
    count(name, value) {
      const metric = COUNTERS[name];
      if (metric !== undefined && value > 0) metrics.addMetric(metric, MetricUnit.Bytes, value);
    },
    observe() {},
    gauge() {},
    log(level, message, fields = {}) {
      logger[level](message, { fields });
    },
  };
}

/** A middleware that writes what a call has counted, if it has. Powertools' own prints a warning for each call that has nothing. */
export function publishing(metrics: Metrics): { readonly after: () => void; readonly onError: () => void } {
  const publish = (): void => {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  };
  return { after: publish, onError: publish };
}
