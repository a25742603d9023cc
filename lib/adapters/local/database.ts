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
  JOURNAL_ORDER,
} from './database-commands.ts';
import { groupRows } from './group-rows.ts';
import { inlineRows } from './inline-rows.ts';
import { journalRows } from './journal-rows.ts';
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
  /** Staged segments, and rows of the journal's frames, that no commit has covered yet. */
  #staged: Staged[] = [];
  /** How many of them the open transaction holds. */
  #written = 0;
  #open = false;

  constructor(db: DatabaseSync, path: string, options: { readonly readOnly?: boolean } = {}) {
    this.#db = db;
    this.#path = path;
    this.#readOnly = options.readOnly ?? false;
    const root = join(dirname(path), VOLUMES);
    this.#volumes = new VolumeSyncs(root);
    const inline = inlineRows(db, root);
    this.#handlers = {
      ...leaseRows(db),
      ...pageRows(db),
      ...producerRows(db),
      ...topicRows(db),
      ...inline,
      ...journalRows(db, inline),
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

  /** True for what needs no answer. Rows of frames are answered as any command is, when a commit has them. */
  #stage(command: CommandMessage): boolean {
    if (command.name === 'journal.apply') this.#staged.push(command);
    if (command.name !== 'inline.stage') return false;
    const { content, crc } = command.ask;
    if (crc !== undefined && !(content instanceof Uint8Array)) this.#volumes.note(content.volume);
    this.#staged.push(command);
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
      if (COMMAND_EFFECTS[name] === 'read') {
        // What frames hold was answered to somebody: nobody is told of older rows.
        if (JOURNAL_ORDER.has(name) && this.#staged.some((staged) => staged.name === 'journal.apply')) this.#begin();
        return { id, value: this.#handle(command) };
      }
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
      const { name, ask } = this.#staged[this.#written] as Staged;
      if (name === 'journal.apply') this.#handlers[name](ask);
      else this.#handlers[name](ask);
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
    // It was written when the transaction was opened.
    if (command.name === 'journal.apply') return null;
    if (command.name === 'inline.get') {
      const content = this.#written < this.#staged.length ? this.#stagedContent(command.ask.lease) : undefined;
      // A copy, since the answer's memory is given away.
      if (content !== undefined) return content instanceof Uint8Array ? content.slice() : content;
    }
    const handler = this.#handlers[command.name] as (ask: CommandMessage['ask']) => Answer;
    return handler(command.ask);
  }

  /** Between an undone transaction and the next one a staged segment is in memory alone. */
  #stagedContent(lease: string): InlineSegment['content'] | undefined {
    for (const { name, ask } of this.#staged) if (name === 'inline.stage' && ask.lease === lease) return ask.content;
    return undefined;
  }
}

type Staged = CommandMessage & { readonly name: 'inline.stage' | 'journal.apply' };

/** The folder of volumes, beside the database. */
export const VOLUMES = 'volumes';
/** SQLite's own code for it, so that both take one way to the caller. */
const READ_ONLY = Object.assign(new Error('the folder is read-only'), { errcode: 8 });
