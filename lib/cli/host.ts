/** What the command line needs from the process it runs in; the executable gives it, so that this folder starts nothing itself. */

/** Flags of `serve` by setting name, as text; undefined where not given. */
export type ServeFlags = Readonly<Record<string, string | undefined>>;

export interface Host {
  readonly version: string;
  /**
   * Runs a server until the signal aborts; `onReady` is told the line to print when it answers. INVALID_CONFIG when a
   * flag or a variable of the environment is wrong.
   */
  readonly serve: (flags: ServeFlags, signal: AbortSignal, onReady: (line: string) => void) => Promise<void>;
  /** The same for a Kafka gateway, in front of a deployment on AWS or of a folder. */
  readonly gateway: (flags: ServeFlags, signal: AbortSignal, onReady: (line: string) => void) => Promise<void>;
}
