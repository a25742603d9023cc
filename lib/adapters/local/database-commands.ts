/**
 * What the stores ask of the database thread. Every command carries plain values and packed bytes, so that a message
 * between the threads is cheap to copy; records are packed and unpacked on the caller's side.
 */

/** A row of a lease record: who, the version it must have, the packed record that replaces it. */
export interface LeaseRows {
  readonly keys: readonly string[];
  readonly expected: readonly number[];
  readonly records: readonly Uint8Array[];
}

export interface PageRow {
  readonly first: number;
  readonly version: number;
  readonly page: Uint8Array;
}

export interface PageRefRow {
  readonly first: number;
  readonly version: number;
}

export interface TopicRow {
  readonly name: string;
  readonly id: string;
  readonly version: number;
  readonly json: string;
}

/** Where a segment lies that is too large for a row of its own. */
export interface VolumePlace {
  readonly volume: number;
  readonly position: number;
  readonly size: number;
}

export interface InlineSegment {
  readonly lease: string;
  readonly putAtMs: number;
  /** Its bytes, or where they were written. */
  readonly content: Uint8Array | VolumePlace;
  /** CRC-32 of bytes in a volume that is to be synced before a commit has their place; else they are on disk already. */
  readonly crc?: number;
}

/** What frames of the journal hold, as rows; of a lease the newest record. */
export interface JournalRows {
  /** The last of these frames. */
  readonly sequence: number;
  /** No frame behind them lies in a volume below this one. */
  readonly volume: number;
  readonly segments: readonly InlineSegment[];
  readonly leases: readonly { readonly key: string; readonly version: number; readonly record: Uint8Array }[];
}

export interface InlineRow {
  readonly lease: string;
  readonly size: number;
  readonly putAtMs: number;
}

/** One record of a group; `json` null removes it. */
export interface GroupItemWrite {
  readonly item: string;
  readonly expected: number;
  readonly version: number;
  readonly json: string | null;
}

export interface WorkLeaseRow {
  readonly job: string;
  readonly shard: number;
  readonly owner: string;
  readonly epoch: number;
  readonly expiresAtMs: number;
}

export interface WorkMarkRow {
  readonly key: string;
  readonly stamp: number;
}

/** Each command's argument and answer. */
export interface Commands {
  'lease.create': { ask: { readonly keys: readonly string[]; readonly version: number; readonly record: Uint8Array }; answer: null };
  'lease.read': { ask: { readonly keys: readonly string[] }; answer: readonly (Uint8Array | null)[] };
  /** `true` where applied; else the record as it is, null when there is none. */
  'lease.write': { ask: LeaseRows; answer: readonly (true | Uint8Array | null)[] };
  'lease.remove': { ask: { readonly keys: readonly string[] }; answer: null };

  /** Null when the page was created, else the page that is there. */
  'page.put': { ask: { readonly key: string } & PageRow; answer: Uint8Array | null };
  'page.at': { ask: { readonly key: string; readonly offset: number }; answer: Uint8Array | null };
  'page.range': { ask: { readonly key: string; readonly from: number; readonly limit: number }; answer: readonly Uint8Array[] };
  'page.replace': {
    ask: { readonly key: string; readonly expected: readonly PageRefRow[]; readonly put: readonly PageRow[] };
    answer: boolean;
  };
  'page.remove': { ask: { readonly key: string } & PageRefRow; answer: boolean };
  /** Pages and producers that a deleted partition left. */
  'page.clear': { ask: { readonly key: string; readonly limit: number }; answer: number };

  'producer.get': { ask: { readonly key: string; readonly ids: readonly number[] }; answer: readonly (Uint8Array | null)[] };
  'producer.put': {
    ask: {
      readonly key: string;
      readonly version: number;
      readonly ids: readonly number[];
      readonly lastUsedMs: readonly number[];
      readonly states: readonly Uint8Array[];
      /** Producers last used before this are removed on the way. */
      readonly expiredBeforeMs: number;
    };
    answer: null;
  };
  'producer.allocate': { ask: { readonly count: number }; answer: number };

  /** The catalogue's version after it, or null when the name is taken. */
  'topic.create': { ask: TopicRow; answer: number | null };
  'topic.get': { ask: { readonly name: string }; answer: string | null };
  'topic.list': { ask: { readonly after: string | null; readonly limit: number }; answer: readonly string[] };
  'topic.update': { ask: TopicRow & { readonly expected: number }; answer: number | null };
  'topic.remove': { ask: { readonly name: string; readonly id: string }; answer: number };
  'topic.version': { ask: null; answer: number };

  /** Never answered: the segment goes with the next commit, whatever becomes of those before it. */
  'inline.stage': { ask: InlineSegment; answer: null };
  'inline.put': { ask: InlineSegment; answer: null };
  'inline.get': { ask: { readonly lease: string }; answer: Uint8Array | VolumePlace | null };
  /** The volumes below `settledBelow` that have no segment left. */
  'inline.delete': { ask: { readonly leases: readonly string[]; readonly settledBelow: number }; answer: readonly number[] };
  /** Volumes that segments lie in. */
  'inline.volumes': { ask: null; answer: readonly number[] };
  'inline.list': { ask: { readonly after: string | null; readonly limit: number }; answer: readonly InlineRow[] };
  /**
   * Looks at the first volume in `[from, below)` that has segments, null when none has; where they are few, small and all put before a time, some of them
   * become rows. `isDone` says that there is no more to do for it, `isEmpty` that it has none left.
   */
  'inline.gather': {
    ask: { readonly from: number; readonly below: number; readonly beforeMs: number };
    answer: { readonly volume: number; readonly isDone: boolean; readonly isEmpty: boolean } | null;
  };

  /** What the folder's frames are known by, and the newest that is in rows. */
  'journal.read': { ask: null; answer: { readonly key: Uint8Array; readonly sequence: number } };
  /** Rows of frames that are on disk: they go with the next commit, whatever becomes of those before it. */
  'journal.apply': { ask: JournalRows; answer: null };

  /** The group's own record and its members. */
  'group.load': { ask: { readonly group: string }; answer: readonly { readonly item: string; readonly json: string }[] };
  'group.blocks': { ask: { readonly group: string }; answer: readonly string[] };
  'group.get': { ask: { readonly group: string; readonly items: readonly string[] }; answer: readonly (string | null)[] };
  'group.list': { ask: { readonly after: string | null; readonly limit: number }; answer: readonly string[] };
  /** Whether each write was applied. */
  'group.write': { ask: { readonly group: string; readonly writes: readonly GroupItemWrite[] }; answer: readonly boolean[] };

  'work.read': { ask: { readonly job: string; readonly shard: number }; answer: WorkLeaseRow | null };
  'work.acquire': {
    ask: { readonly job: string; readonly shard: number; readonly owner: string; readonly nowMs: number; readonly ttlMs: number };
    answer: { readonly held: boolean; readonly lease: WorkLeaseRow };
  };
  'work.renew': { ask: WorkLeaseRow; answer: boolean };
  'work.mark': { ask: { readonly shards: readonly number[]; readonly keys: readonly string[] }; answer: null };
  'work.marks': { ask: { readonly shard: number; readonly limit: number }; answer: readonly WorkMarkRow[] };
  'work.unmark': { ask: { readonly shards: readonly number[]; readonly marks: readonly WorkMarkRow[] }; answer: null };

  /** Makes room in the write-ahead log, a piece of it; whether there is more to do. Never fails. */
  'log.extend': { ask: null; answer: boolean };
}

export type CommandName = keyof Commands;

/**
 * What a command does to the disk. `read`: nothing that anybody would find there. `staged`: it is written with the next commit and not
 * answered. `durable`: it is answered after the commit.
 */
export const COMMAND_EFFECTS = {
  'lease.create': 'durable',
  'lease.read': 'read',
  'lease.write': 'durable',
  'lease.remove': 'durable',
  'page.put': 'durable',
  'page.at': 'read',
  'page.range': 'read',
  'page.replace': 'durable',
  'page.remove': 'durable',
  'page.clear': 'durable',
  'producer.get': 'read',
  'producer.put': 'durable',
  'producer.allocate': 'durable',
  'topic.create': 'durable',
  'topic.get': 'read',
  'topic.list': 'read',
  'topic.update': 'durable',
  'topic.remove': 'durable',
  'topic.version': 'read',
  'inline.stage': 'staged',
  'inline.put': 'durable',
  'inline.get': 'read',
  'inline.delete': 'durable',
  'inline.volumes': 'read',
  'inline.list': 'read',
  'inline.gather': 'durable',
  'journal.read': 'read',
  'journal.apply': 'durable',
  'group.load': 'read',
  'group.blocks': 'read',
  'group.get': 'read',
  'group.list': 'read',
  'group.write': 'durable',
  'work.read': 'read',
  'work.acquire': 'durable',
  'work.renew': 'durable',
  'work.mark': 'durable',
  'work.marks': 'read',
  'work.unmark': 'durable',
  'log.extend': 'read',
} as const satisfies Record<CommandName, 'read' | 'staged' | 'durable'>;

/**
 * Commands of what frames of the journal write: they come after the rows of all frames before them. `alone`: no frame is written before they are
 * answered either, since they write or read the same.
 */
export const JOURNAL_ORDER: ReadonlyMap<CommandName, 'after' | 'alone'> = new Map<CommandName, 'after' | 'alone'>([
  ['lease.create', 'alone'],
  ['lease.read', 'alone'],
  ['lease.write', 'alone'],
  ['lease.remove', 'alone'],
  ['inline.stage', 'alone'],
  ['inline.put', 'alone'],
  ['inline.get', 'after'],
  ['inline.delete', 'after'],
  ['inline.volumes', 'after'],
  ['inline.list', 'after'],
  ['inline.gather', 'after'],
  ['producer.get', 'after'],
  ['producer.put', 'after'],
  ['page.clear', 'after'],
  ['work.mark', 'after'],
  ['work.marks', 'after'],
  ['work.unmark', 'after'],
]);

/** One command on its way to the thread. `id` pairs it with its answer. */
export type CommandMessage = {
  [Name in CommandName]: { readonly id: number; readonly name: Name; readonly ask: Commands[Name]['ask'] };
}[CommandName];

/** What went wrong, in a form that crosses threads. `fatal` says that the process must stop. */
export interface CommandFailure {
  readonly code: 'STORAGE_ERROR' | 'STORAGE_FULL' | 'STORAGE_READ_ONLY' | 'CLOSED' | 'INTERNAL';
  readonly message: string;
  readonly fatal: boolean;
}

export type CommandAnswer =
  | { readonly id: number; readonly value: Commands[CommandName]['answer'] }
  | { readonly id: number; readonly failure: CommandFailure };

/** The functions that carry the commands out. */
export type Handlers<Prefix extends string> = {
  readonly [Name in CommandName as Name extends `${Prefix}.${string}` ? Name : never]: (
    ask: Commands[Name]['ask'],
  ) => Commands[Name]['answer'];
};

export type AllHandlers = { readonly [Name in CommandName]: (ask: Commands[Name]['ask']) => Commands[Name]['answer'] };
