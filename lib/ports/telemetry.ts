/** What the engine tells about its work; a process shows it as Prometheus text, CloudWatch metrics or not at all. */
export type Labels = Readonly<Record<string, string>>;

export interface Telemetry {
  /** Adds to a counter. Names are snake_case without prefix and end in `_total` or a unit. */
  count(name: string, value: number, labels?: Labels): void;
  /** Records one observation of a distribution, in seconds or bytes as the name says. */
  observe(name: string, value: number, labels?: Labels): void;
  /** Sets a value that goes up and down. */
  gauge(name: string, value: number, labels?: Labels): void;
  /** A line for people; `fields` are for machines. Never records' contents. */
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Tells nobody. */
export const SILENT: Telemetry = { count() {}, observe() {}, gauge() {}, log() {} };
