import { SILENT, type Telemetry } from '../../lib/ports/telemetry.ts';

/** What the stores were asked for and charged, by operation, since the last look. */
export interface CountedRequests {
  readonly telemetry: Telemetry;
  /** Counts as `dynamodb PutItem: 2`, and units as `write units: 3`; starts anew. */
  take(): Readonly<Record<string, number>>;
}

export function countRequests(): CountedRequests {
  let counts: Record<string, number> = {};
  const add = (name: string, value: number): void => {
    counts[name] = (counts[name] ?? 0) + value;
  };
  return {
    telemetry: {
      ...SILENT,
      count(name, value, labels = {}) {
        const [, service, what] = /^(dynamodb|s3)_(requests|read_units|write_units)_total$/.exec(name) ?? [];
        if (what === 'requests') add(`${service} ${labels.operation}`, value);
        else if (what !== undefined) add(what.replace('_', ' '), value);
      },
    },
    take() {
      const taken = counts;
      counts = {};
      return taken;
    },
  };
}
