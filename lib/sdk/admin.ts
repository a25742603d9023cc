/** Creates, lists, changes and deletes topics, looks up offsets, deletes records; groups are in `groups`. */
import { StratalogError } from '../core/errors.ts';
import { checkTopicName } from '../core/topic.ts';
import { CONNECTION_OPTION_NAMES, type Connection, type ConnectionOptions, connect } from './connection.ts';
import { GroupAdmin } from './group-admin.ts';
import { onlyKnown, shown } from './option-check.ts';
import type { CallOptions, OffsetAnswer, OffsetAt, TopicAlteration, TopicCreation, TopicDescription, TopicSummary } from './transport.ts';

/** Topics asked for in one request of `listTopics`. */
const TOPICS_PER_PAGE = 1_000;

export class Admin {
  readonly #connection: Connection;
  /** Consumer groups. */
  readonly groups: GroupAdmin;

  /** Nothing is connected before the first call. INVALID_REQUEST names an option that is wrong. */
  constructor(options: ConnectionOptions = {}) {
    onlyKnown('an admin', options, CONNECTION_OPTION_NAMES);
    this.#connection = connect(options);
    this.groups = new GroupAdmin(this.#connection.transport);
  }

  /**
   * Creates a topic; `partitions` 1 to 10,000, default 1. TOPIC_ALREADY_EXISTS, INVALID_TOPIC, INVALID_PARTITIONS,
   * INVALID_CONFIG. It can be written to as soon as this resolves.
   */
  async createTopic(creation: TopicCreation, options: CallOptions = {}): Promise<TopicSummary> {
    onlyKnown('a topic', creation, ['name', 'partitions', 'configs']);
    checkTopicName(text('name', creation.name));
    return await this.#connection.transport.createTopic(creation, options);
  }

  /** Every topic by name; one request a thousand. */
  async *listTopics(options: CallOptions = {}): AsyncGenerator<TopicSummary, void, undefined> {
    let after: string | undefined;
    do {
      const page = await this.#connection.transport.listTopics(
        { limit: TOPICS_PER_PAGE, ...(after === undefined ? {} : { after }) },
        options,
      );
      yield* page.topics;
      after = page.next;
    } while (after !== undefined);
  }

  /** A topic with the first and end offset of each partition. UNKNOWN_TOPIC_OR_PARTITION. */
  async describeTopic(topic: string, options: CallOptions = {}): Promise<TopicDescription> {
    return await this.#connection.transport.describeTopic(checkTopicName(text('topic', topic)), options);
  }

  /** Changes settings (null: back to the default) and the partition count, which only grows; all or nothing. */
  async alterTopic(topic: string, alteration: TopicAlteration, options: CallOptions = {}): Promise<TopicSummary> {
    onlyKnown('an alteration', alteration, ['configs', 'partitions']);
    return await this.#connection.transport.alterTopic(checkTopicName(text('topic', topic)), alteration, options);
  }

  /** Raises the partition count to `partitions`. Keyed records go to other partitions from then on. */
  async addPartitions(topic: string, partitions: number, options: CallOptions = {}): Promise<TopicSummary> {
    return await this.alterTopic(topic, { partitions }, options);
  }

  /** Deletes a topic with its records, for good. */
  async deleteTopic(topic: string, options: CallOptions = {}): Promise<void> {
    await this.#connection.transport.deleteTopic(checkTopicName(text('topic', topic)), options);
  }

  /**
   * An offset by meaning, or that of the first record at or after a time (ms since the epoch); -1 when there is none.
   */
  async listOffset(topic: string, partition: number, at: OffsetAt, options: CallOptions = {}): Promise<OffsetAnswer> {
    return await this.#connection.transport.listOffset(checkTopicName(text('topic', topic)), partition, at, options);
  }

  /** Deletes the records below an offset, or all with -1; answers the new log start. OFFSET_OUT_OF_RANGE past the end. */
  async deleteRecords(
    topic: string,
    partition: number,
    before: number,
    options: CallOptions = {},
  ): Promise<{ readonly logStartOffset: number }> {
    return await this.#connection.transport.deleteRecords(checkTopicName(text('topic', topic)), partition, before, options);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function text(field: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new StratalogError('INVALID_TOPIC', `${field} is ${shown(value)}, it must be a string`, { field, value: shown(value) });
}
