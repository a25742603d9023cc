/** Time, for everything that may not read it itself. */
export interface Clock {
  /** Milliseconds since the epoch, by this process's own clock; may be wrong and may jump. Decides order and labels only. */
  now(): number;
  /** Milliseconds that never go backwards; for durations and deadlines within this process. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Resolves when what is ready now has been handled: everything that arrived in this turn of the event loop. Lets a
   * flush take all of it. Without it the end of the current task is the end of the turn.
   */
  turn?(): Promise<void>;
}
