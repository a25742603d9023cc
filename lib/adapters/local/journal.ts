/**
 * What is answered before it is in rows: the small and middling segments of a commit and the lease records that name them.
 *
 * They go to the disk as one frame in a volume, where the segments stay: one write and one sync, of the bytes themselves. Through SQLite's log they take a
 * page each, twice, and those in volumes a second sync. Rows follow, for many frames at a time, and of each lease only the newest record. A process that was
 * killed finds the frames that are not in rows yet when the folder is opened again.
 */
import type { CommandMessage, InlineSegment, JournalRows, LeaseRows, VolumePlace } from './database-commands.ts';
import { type FrameDraft, type FrameSegment, FrameWriter } from './journal-frame.ts';
import type { ChunksAt, PlacedSegment } from './segment-volumes.ts';

/** Frames after which rows are made: so many at a time cost the thread a millisecond or two, and a killed process leaves no more. */
const FRAMES_BETWEEN = 256;
/** Bytes of their segments after which rows are made as well: so many are looked through at once when a folder is opened after a kill. */
const BYTES_BETWEEN = 64 * 1024 * 1024;
/** Leases whose newest version is known, some 100 bytes each. */
const VERSIONS_KEPT = 65_536;

/** Where frames go: the folder's volumes. */
export interface JournalVolumes {
  /** Below this number no frame will be put. */
  readonly settledBelow: number;
  place(size: number, chunksAt: ChunksAt): Promise<PlacedSegment>;
  placeNow(size: number, chunksAt: ChunksAt): PlacedSegment | undefined;
  sync(ids: Iterable<number>): Promise<void>;
  syncNow(ids: Iterable<number>): void;
}

/** What whoever hands over a segment is told. */
export interface SegmentNews {
  /** It lies there, and is on disk. */
  readonly placed?: (place: VolumePlace) => void;
  /** A commit has it, or the database was handed it. */
  readonly told?: () => void;
}

type LeaseWriteCommand = CommandMessage & { readonly name: 'lease.write' };

/** Commands that can be one frame. */
export interface FrameCommands {
  readonly segments: readonly InlineSegment[];
  readonly writes: readonly LeaseWriteCommand[];
}

/** A frame whose bytes are written. */
export interface WrittenFrame {
  readonly sequence: number;
  readonly commands: FrameCommands;
  readonly rows: readonly FrameSegment[];
  readonly settle: () => void;
  /** Volumes to be synced. */
  readonly volumes: ReadonlySet<number>;
  /** Bytes that their sync puts on disk. */
  readonly bytes: number;
}

export class Journal {
  readonly #volumes: JournalVolumes;
  readonly #key: Uint8Array;
  readonly #writer = new FrameWriter();
  readonly #news: Map<InlineSegment, SegmentNews>;
  /** The newest version of leases, as far as it is known: only then can a write be decided without the row. */
  readonly #versions = new Map<string, number>();
  /** The newest frame that was begun, and the newest that is on disk or counts as none. */
  #sequence: number;
  #ended: number;
  /** A frame failed, and what is left of it must count as in rows before the next is written. */
  #failed = false;
  #segments: InlineSegment[] = [];
  #leases = new Map<string, JournalRows['leases'][number]>();
  #settles: (() => void)[] = [];
  #frames = 0;
  #bytes = 0;

  /** `news` is what those who handed over segments want to hear. */
  constructor(
    volumes: JournalVolumes,
    { key, sequence }: { readonly key: Uint8Array; readonly sequence: number },
    news: Map<InlineSegment, SegmentNews>,
  ) {
    this.#volumes = volumes;
    this.#key = key;
    this.#news = news;
    this.#sequence = this.#ended = sequence;
  }

  /** Whether frames may be written, as far as the journal knows. */
  get isSound(): boolean {
    return !this.#failed;
  }

  /** Whether there are frames that no rows were taken of. */
  get hasRows(): boolean {
    return this.#frames > 0 || this.#failed;
  }

  /** Whether so many frames have no rows that some are to be made. */
  get isDue(): boolean {
    return this.#frames >= FRAMES_BETWEEN || this.#bytes >= BYTES_BETWEEN;
  }

  /** Notes what a lease write through the database came to. */
  noteWrites({ keys, expected }: LeaseRows, outcomes: readonly (true | Uint8Array | null)[] | undefined): void {
    for (const [i, key] of keys.entries()) {
      if (outcomes?.[i] === true) this.#know(key, (expected[i] as number) + 1);
      else this.#versions.delete(key);
    }
  }

  /** Leases that the database changes: what is known of them is not known any more. */
  forget(keys: readonly string[]): void {
    for (const key of keys) this.#versions.delete(key);
  }

  /**
   * Whether these are to be one frame: every lease has just the version that its write expects, and no segment is on disk already. Those come from a time of
   * trouble, and go with a commit of the database.
   */
  takes({ segments, writes }: FrameCommands): boolean {
    if (segments.length === 0 || writes.length === 0) return false;
    if (segments.some(({ content, crc }) => !(content instanceof Uint8Array) && crc === undefined)) return false;
    const seen = new Map<string, number>();
    for (const { ask } of writes) {
      for (const [i, key] of ask.keys.entries()) {
        const version = seen.get(key) ?? this.#versions.get(key);
        if (version === undefined || version !== ask.expected[i]) return false;
        seen.set(key, version + 1);
      }
    }
    return true;
  }

  /** Writes a frame without a wait and without a sync; undefined where that takes a wait. Throws what the volumes throw. */
  writeNow(commands: FrameCommands): WrittenFrame | undefined {
    const draft = this.#writer.draft(
      commands.segments,
      commands.writes.map(({ ask }) => ask),
    );
    const sequence = this.#sequence + 1;
    let placed: PlacedSegment | undefined;
    try {
      placed = this.#volumes.placeNow(draft.bytes, (volume, position) => draft.chunksAt({ key: this.#key, sequence, volume, position }));
    } catch (error) {
      this.#fail(sequence);
      throw error;
    }
    if (placed === undefined) return undefined;
    this.#sequence = sequence;
    return written(sequence, commands, draft, placed);
  }

  /** As {@link writeNow}, with one. */
  async write(commands: FrameCommands): Promise<WrittenFrame> {
    const draft = this.#writer.draft(
      commands.segments,
      commands.writes.map(({ ask }) => ask),
    );
    const sequence = ++this.#sequence;
    try {
      const placed = await this.#volumes.place(draft.bytes, (volume, position) =>
        draft.chunksAt({ key: this.#key, sequence, volume, position }),
      );
      return written(sequence, commands, draft, placed);
    } catch (error) {
      this.#fail(sequence);
      throw error;
    }
  }

  syncNow({ volumes }: WrittenFrame): void {
    this.#volumes.syncNow(volumes);
  }

  sync({ volumes }: WrittenFrame): Promise<void> {
    return this.#volumes.sync(volumes);
  }

  /** The frame is on disk: its rows are to be made, and whoever handed segments over hears where they are. */
  noteDurable({ sequence, commands, rows, settle, bytes }: WrittenFrame): void {
    this.#ended = sequence;
    this.#frames++;
    this.#bytes += bytes;
    this.#settles.push(settle);
    for (const [i, { lease, putAtMs, place }] of rows.entries()) {
      this.#segments.push({ lease, putAtMs, content: place });
      const segment = commands.segments[i] as InlineSegment;
      const news = this.#news.get(segment);
      if (news === undefined) continue;
      this.#news.delete(segment);
      news.placed?.(place);
      if (news.told !== undefined) this.#settles.push(news.told);
    }
    for (const { ask } of commands.writes) {
      for (const [i, key] of ask.keys.entries()) {
        const version = (ask.expected[i] as number) + 1;
        this.#leases.set(key, { key, version, record: ask.records[i] as Uint8Array });
        this.#know(key, version);
      }
    }
  }

  /** The rows of all frames that none were taken of. `onTold` is to be called when a commit has them. Behind the `last` ones no frame comes. */
  takeRows(last = false): { readonly rows: JournalRows; readonly onTold: () => void } {
    const rows = {
      sequence: this.#ended,
      volume: last ? Number.MAX_SAFE_INTEGER : this.#volumes.settledBelow,
      segments: this.#segments,
      leases: [...this.#leases.values()],
    };
    const settles = this.#settles;
    const failed = this.#failed;
    this.#segments = [];
    this.#leases = new Map();
    this.#settles = [];
    this.#frames = this.#bytes = 0;
    return {
      rows,
      onTold: () => {
        if (failed) this.#failed = false;
        for (const settle of settles) settle();
      },
    };
  }

  /** What is left of a frame that failed has taken its number. */
  #fail(sequence: number): void {
    this.#sequence = this.#ended = sequence;
    this.#failed = true;
  }

  #know(key: string, version: number): void {
    if (this.#versions.size >= VERSIONS_KEPT && !this.#versions.has(key)) {
      const oldest = this.#versions.keys().next();
      if (!oldest.done) this.#versions.delete(oldest.value);
    }
    this.#versions.set(key, version);
  }
}

function written(sequence: number, commands: FrameCommands, draft: FrameDraft, { place, settle }: PlacedSegment): WrittenFrame {
  const rows = draft.rowsAt(place.volume, place.position);
  const volumes = new Set([place.volume]);
  let { bytes } = draft;
  for (const { place: own, crc } of rows) {
    if (crc === undefined) continue;
    volumes.add(own.volume);
    bytes += own.size;
  }
  return { sequence, commands, rows, settle, volumes, bytes };
}
