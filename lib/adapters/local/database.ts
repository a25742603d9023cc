import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import {
  type AllHandlers,
  COMMAND_EFFECTS,
  type CommandAnswer,
  type CommandFailure,
  type CommandMessage,
  type Commands,
  type InlineSegment,
} from './database-commands.ts';
import { groupRows } from './group-rows.ts';
import { inlineRows } from './inline-rows.ts';
import { leaseRows } from './lease-rows.ts';
import { logRows } from './log-room.ts';
import { pageRows } from './page-rows.ts';
import { producerRows } from './producer-rows.ts';
import { databaseFailure } from './storage-error.ts';
import { topicRows } from './topic-rows.ts';
import { VolumeSyncs } from './volume-syncs.ts';
import { workRows } from './work-rows.ts';

type Answer = Commands[CommandMessage['name']]['answer'];

/**
 * Carries out commands in groups: what arrived together is one transaction and one sync of the disk.
 *
 * Small segments are staged: they are written within the open transaction, which the next durable command commits. They
 * are kept in memory until then, so that a transaction that had to be undone is made again with them; a lease record
 * that names one is therefore never committed without it, and never before the bytes that lie in a volume are on disk.
 */
export class Database {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #handlers: AllHandlers;
  readonly #readOnly: boolean;
  readonly #volumes: VolumeSyncs;
  /** Staged segments that no commit has covered yet. */
  #staged: InlineSegment[] = [];
  /** How many of them the open transaction holds. */
  #written = 0;
  #open = false;

  constructor(db: DatabaseSync, path: string, options: { readonly readOnly?: boolean } = {}) {
    this.#db = db;
    this.#path = path;
    this.#readOnly = options.readOnly ?? false;
    this.#volumes = new VolumeSyncs(join(dirname(path), VOLUMES));
    this.#handlers = {
      ...leaseRows(db),
      ...pageRows(db),
      ...producerRows(db),
      ...topicRows(db),
      ...inlineRows(db),
      ...groupRows(db),
      ...workRows(db),
      ...logRows(db, path),
    };
  }

  /** False while it holds staged segments that no commit has covered, and with them the right to write. */
  get settled(): boolean {
    return !this.#open && this.#staged.length === 0;
  }

  /** Carries out a group in order, its staged segments first. All that it answers to is on disk when it returns. */
  run(group: readonly CommandMessage[]): readonly CommandAnswer[] {
    const commands = group.filter((command) => !this.#stage(command));
    try {
      return this.#together(commands);
    } catch (error) {
      const failure = this.#undo(error);
      // Where one command is at fault, each is tried by itself, so that it does not spoil the others. A full disk or
      // a failed sync is nobody's fault, and only reads are worth a try.
      const hopeless = failure.fatal || failure.code !== 'STORAGE_ERROR';
      return commands.map((command) => this.#alone(command, hopeless ? failure : undefined));
    }
  }

  /** The row of a small segment that is on disk. */
  row(lease: string): Uint8Array | undefined {
    const found = this.#handlers['inline.get']({ lease });
    return found instanceof Uint8Array ? found : undefined;
  }

  /** Writes what is staged and closes the database. Segments that find no room are dropped: no record names them. */
  close(): void {
    try {
      if (!this.#readOnly && this.#staged.length > 0) {
        this.#begin();
        this.#commit();
      }
    } catch (error) {
      if (this.#undo(error).code === 'STORAGE_ERROR') throw error;
    } finally {
      this.#volumes.close();
      this.#db.close();
    }
  }

  #stage(command: CommandMessage): boolean {
    if (command.name !== 'inline.stage') return false;
    const { content, unsynced } = command.ask;
    if (unsynced === true && !(content instanceof Uint8Array)) this.#volumes.note(content.volume);
    this.#staged.push(command.ask);
    return true;
  }

  #together(commands: readonly CommandMessage[]): CommandAnswer[] {
    const durable = commands.some(({ name }) => COMMAND_EFFECTS[name] === 'durable');
    if (durable && this.#readOnly) throw READ_ONLY;
    if (durable || this.#written < this.#staged.length) this.#begin();
    const answers = commands.map((command) => ({ id: command.id, value: this.#handle(command) }));
    if (durable) this.#commit();
    return answers;
  }

  #alone(command: CommandMessage, failure: CommandFailure | undefined): CommandAnswer {
    const { id, name } = command;
    try {
      if (COMMAND_EFFECTS[name] === 'read') return { id, value: this.#handle(command) };
      if (failure !== undefined) return { id, failure };
      return this.#together([command])[0] ?? { id, value: null };
    } catch (error) {
      return { id, failure: this.#undo(error) };
    }
  }

  /** Opens a transaction if none is open, and puts into it whatever is staged and not in it. */
  #begin(): void {
    if (!this.#open) {
      this.#db.exec('BEGIN IMMEDIATE');
      this.#open = true;
    }
    for (; this.#written < this.#staged.length; this.#written++) {
      this.#handlers['inline.stage'](this.#staged[this.#written] as InlineSegment);
    }
  }

  #commit(): void {
    this.#volumes.sync();
    this.#db.exec('COMMIT');
    this.#open = false;
    this.#staged = [];
    this.#written = 0;
  }

  #undo(error: unknown): CommandFailure {
    const failure = databaseFailure(error, this.#path);
    if (!this.#open) return failure;
    this.#open = false;
    this.#written = 0;
    try {
      this.#db.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself, as it does when the disk is full.
    }
    return failure;
  }

  #handle(command: CommandMessage): Answer {
    if (command.name === 'inline.get') {
      // Between an undone transaction and the next one a staged segment is in memory alone.
      const staged = this.#written < this.#staged.length && this.#staged.find(({ lease }) => lease === command.ask.lease);
      // A copy, since the answer's memory is given away.
      if (staged) return staged.content instanceof Uint8Array ? staged.content.slice() : staged.content;
    }
    const handler = this.#handlers[command.name] as (ask: CommandMessage['ask']) => Answer;
    return handler(command.ask);
  }
}

/** The folder of volumes, beside the database. */
export const VOLUMES = 'volumes';
/** SQLite's own code for it, so that both take one way to the caller. */
const READ_ONLY = Object.assign(new Error('the folder is read-only'), { errcode: 8 });
