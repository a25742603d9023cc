import { StratalogError } from '../../core/errors.ts';
import {
  type BlockKey,
  blockName,
  type CommitAnswer,
  type CommitAuthor,
  commitOffsets,
  emptyBlock,
  type OffsetBlock,
  type OffsetCommit,
} from '../../core/groups/offset-block.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GroupStore } from '../../ports/group-store.ts';
import type { Random } from '../../ports/random.ts';

interface Ask {
  readonly author: CommitAuthor;
  readonly sequence: number;
  readonly commits: readonly OffsetCommit[];
  readonly answer: (answers: readonly CommitAnswer[]) => void;
  readonly fail: (error: unknown) => void;
}

interface Lane {
  readonly key: BlockKey;
  block: OffsetBlock | undefined;
  asks: Ask[];
  running: boolean;
}

const TRIES = 12;
const RETRY_MS = 20;
/** Lanes with nothing to do are dropped past this many, oldest first. */
const LANES_MAX = 10_000;

/**
 * Commits by block: one write under way for each, and what arrives meanwhile rides in the next. Commits of one block are
 * applied in the order they arrive here.
 */
export class OffsetCommitter {
  readonly #ports: { readonly store: GroupStore; readonly clock: Clock; readonly random: Random };
  /** Whether a block may be decided on as this process last saw it; else it is read for each write. */
  readonly #keeps: boolean;
  readonly #lanes = new Map<string, Lane>();

  constructor(ports: { readonly store: GroupStore; readonly clock: Clock; readonly random: Random }, keeps: boolean) {
    this.#ports = ports;
    this.#keeps = keeps;
  }

  /** One answer for each commit. Cost: 1 write a block that moved, for all commits that arrived together. */
  commit(
    group: string,
    key: BlockKey,
    author: CommitAuthor,
    sequence: number,
    commits: readonly OffsetCommit[],
  ): Promise<readonly CommitAnswer[]> {
    const name = `${group}\n${blockName(key)}`;
    let lane = this.#lanes.get(name);
    if (!lane) {
      lane = { key, block: undefined, asks: [], running: false };
      this.#lanes.set(name, lane);
      this.#trim();
    }
    const mine = lane;
    return new Promise((answer, fail) => {
      mine.asks.push({ author, sequence, commits, answer, fail });
      if (!mine.running) void this.#run(group, mine);
    });
  }

  /** Drops what is known of a group's blocks. */
  forget(group: string): void {
    for (const [name, lane] of this.#lanes) if (name.startsWith(`${group}\n`)) lane.block = undefined;
  }

  async #run(group: string, lane: Lane): Promise<void> {
    lane.running = true;
    await Promise.resolve();
    while (lane.asks.length > 0) {
      const asks = lane.asks;
      lane.asks = [];
      try {
        await this.#apply(group, lane, asks);
      } catch (error) {
        lane.block = undefined;
        for (const { fail } of asks) fail(error);
      }
    }
    lane.running = false;
  }

  async #apply(group: string, lane: Lane, asks: readonly Ask[]): Promise<void> {
    const { store, clock, random } = this.#ports;
    /** What was written without a clear answer: it may be stored. */
    let open: readonly (readonly CommitAnswer[])[] = [];
    for (let tries = 0; tries < TRIES; tries++) {
      if (tries > 0) await clock.sleep(random.fraction() * RETRY_MS * tries);
      const fresh = lane.block === undefined || !this.#keeps;
      if (fresh) lane.block = (await store.readBlocks(group, [lane.key]))[0] ?? emptyBlock(lane.key);
      const before = lane.block ?? emptyBlock(lane.key);
      let block = before;
      const answers = asks.map((ask) => {
        const result = commitOffsets(block, ask.author, ask.sequence, ask.commits, clock.now());
        block = result.block;
        return result.answers;
      });
      // A refusal may be news to this process alone: the partition came to the member through another one.
      if (!fresh && answers.flat().some((answer) => answer.kind === 'refused')) {
        lane.block = undefined;
        continue;
      }
      if (block !== before) {
        const next = { ...block, version: before.version + 1 };
        const [outcome] = await store.write(group, [{ kind: 'block', key: lane.key, expected: before.version, next }]);
        lane.block = outcome?.kind === 'applied' ? next : undefined;
        if (outcome?.kind !== 'applied') {
          open = answers;
          continue;
        }
      }
      asks.forEach(({ answer, fail }, i) => {
        const mine = answers[i] ?? [];
        if (mine.some(({ kind }, at) => kind === 'refused' && open[i]?.[at]?.kind === 'committed')) fail(mayBeCommitted(group));
        else answer(mine);
      });
      return;
    }
    throw new StratalogError('COORDINATOR_NOT_AVAILABLE', `offsets of group '${group}' are being changed by too many at once; try again`, {
      retryAfterMs: 200,
    });
  }

  #trim(): void {
    for (const [name, lane] of this.#lanes) {
      if (this.#lanes.size <= LANES_MAX) return;
      if (!lane.running) this.#lanes.delete(name);
    }
  }
}

/** Refusing would say that the offset is not committed, and it may be: by the write that nobody answered. */
function mayBeCommitted(group: string): StratalogError {
  return new StratalogError(
    'REQUEST_TIMED_OUT',
    `the store gave no answer whether offsets of group '${group}' were committed, and the partition has moved since`,
  );
}
