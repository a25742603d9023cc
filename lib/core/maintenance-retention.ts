/**
 * What retention drops: Kafka's rules (`UnifiedLog.deleteOldSegments`), on entries of the index instead of segment files.
 *
 * Whole entries only, from the oldest on, and never past the high watermark.
 */
import { leaseTimeMs } from './ids.ts';
import type { Entry } from './lease-record.ts';
import { configNumber, configText, type TopicConfigs } from './topic-config.ts';

export interface RetentionRules {
  /** `cleanup.policy` has `delete`. Without it only DeleteRecords moves the log start. */
  readonly deletes: boolean;
  /** -1: for ever. */
  readonly retentionMs: number;
  /** -1: no limit. */
  readonly retentionBytes: number;
}

export function retentionRulesOf(configs: TopicConfigs): RetentionRules {
  return {
    deletes: configText(configs, 'cleanup.policy').split(',').includes('delete'),
    retentionMs: configNumber(configs, 'retention.ms'),
    retentionBytes: configNumber(configs, 'retention.bytes'),
  };
}

/** Whether these rules can ever drop anything. */
export function retentionIsBounded(rules: RetentionRules): boolean {
  return rules.deletes && (rules.retentionMs >= 0 || rules.retentionBytes >= 0);
}

/**
 * Takes the entries of a partition, oldest first, and says of each whether it goes; the first that stays ends the walk.
 * An entry goes when its newest record is older than `retention.ms`, or when what is left without it is still
 * `retention.bytes`. Records without timestamps are as old as their segment.
 */
export class RetentionWalk {
  readonly #rules: RetentionRules;
  readonly #nowMs: number;
  #bytesLeft: number;
  #byAge = true;
  #keptUntilMs = Number.POSITIVE_INFINITY;
  #dueSinceMs: number | undefined;

  /** `bytes`: of all entries that will be shown and those after them. */
  constructor(rules: RetentionRules, nowMs: number, bytes: number) {
    this.#rules = rules;
    this.#nowMs = nowMs;
    this.#bytesLeft = bytes;
  }

  /** When the entry that ended the walk will be too old; infinite where age does not count or nothing is left. */
  get keptUntilMs(): number {
    return this.#keptUntilMs;
  }

  /** When the first entry that went for its age became too old. */
  get dueSinceMs(): number | undefined {
    return this.#dueSinceMs;
  }

  drops(entry: Entry): boolean {
    const { retentionMs, retentionBytes, deletes } = this.#rules;
    if (!deletes) return false;
    const newestMs = entry.maxTimestamp >= 0 ? entry.maxTimestamp : leaseTimeMs(entry.lease);
    // Age counts up to the first entry that is young enough, as in Kafka: what is older behind it waits for its turn.
    this.#byAge = this.#byAge && retentionMs >= 0 && this.#nowMs - newestMs > retentionMs;
    const bySize = retentionBytes >= 0 && this.#bytesLeft - retentionBytes >= entry.length;
    if (!this.#byAge && !bySize) {
      if (retentionMs >= 0) this.#keptUntilMs = newestMs + retentionMs;
      return false;
    }
    if (this.#byAge) this.#dueSinceMs ??= newestMs + retentionMs;
    this.#bytesLeft -= entry.length;
    return true;
  }
}
