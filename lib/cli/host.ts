/** What the command line needs from the process it runs in; the executable gives it, so that this folder starts nothing itself. */

export interface ServeOptions {
  /** Folder of the data. */
  readonly data: string;
  /** Where the HTTP API listens; undefined: nowhere. */
  readonly http: HostPort | undefined;
  /** Where the Kafka protocol listens; undefined: nowhere. */
  readonly kafka: HostPort | undefined;
  readonly zones: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface Host {
  readonly version: string;
  /** Runs a server until the signal aborts; `onReady` is told the line to print when it answers. */
  readonly serve: (options: ServeOptions, signal: AbortSignal, onReady: (line: string) => void) => Promise<void>;
}
