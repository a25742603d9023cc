/** `stratalog produce` */
import { createReadStream } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Acks, type CompressionType, Producer } from '../sdk/index.ts';
import { separator, wholeNumber, withAdmin, withConnection } from './arguments.ts';
import { Progress } from './progress.ts';
import { type InputFormat, type InputRecord, recordsOf } from './record-input.ts';
import { rateText } from './table.ts';
import { type Terminal, write } from './terminal.ts';

interface Options {
  readonly keySeparator?: string;
  readonly format: InputFormat;
  readonly compression: CompressionType;
  readonly acks: Acks;
  readonly partition?: number;
  readonly url: string;
  readonly json?: boolean;
}

/** Larger and later than a service would have them: a file is read as a whole, and nobody waits for one record. */
const BATCH_BYTES = 128 * 1024;
const LINGER_MS = 20;
/** A server that is away for this long ends the command. */
const DELIVERY_TIMEOUT_MS = 30_000;
/** Records read and not yet answered at which reading pauses, and at which it goes on. */
const PENDING_MAX = 50_000;
const PENDING_BYTES_MAX = 16 * 1024 * 1024;

export function produceCommand(terminal: Terminal): Command {
  const command = new Command('produce')
    .summary('write records to a topic')
    .description(
      'Writes records to a topic from a file or standard input. Nothing is left out quietly: if one record fails, reading stops, what was read is finished, and the exit code is 1.',
    )
    .argument('<topic>')
    .argument('[file]', "where records come from; '-' is standard input", '-')
    .option('--key-separator <text>', "with text: what stands between key and value of a line, '\\t' for a tab", separator)
    .addOption(
      new Option('--format <format>', 'text: a line is a value; ndjson: a line is a JSON record; json: an array of records')
        .choices(['text', 'json', 'ndjson'])
        .default('text'),
    )
    .addOption(
      new Option('--compression <codec>', 'codec of record batches').choices(['none', 'gzip', 'snappy', 'lz4', 'zstd']).default('none'),
    )
    .option('--acks <acks>', 'all, 1 or 0: how many zones have a record before it counts', acksOf, 'all' as Acks)
    .option('--partition <n>', 'the partition of every record; default: by key', wholeNumber(0))
    .addHelpText(
      'after',
      [
        '',
        'A JSON record is {"key", "value", "headers", "partition", "timestamp"}, all of them optional; a key or value is a',
        'string, {"base64": "..."}, {"json": ...} or null.',
        '',
        'Examples:',
        '  echo hello | stratalog produce greetings',
        "  stratalog produce users users.tsv --key-separator '\\t' --compression zstd",
        '  stratalog consume a --format ndjson --until-end | stratalog produce b --format ndjson',
      ].join('\n'),
    );
  return withConnection(command, terminal).action((topic: string, file: string, options: Options) =>
    produce(terminal, topic, file, options),
  );
}

async function produce(terminal: Terminal, topic: string, file: string, options: Options): Promise<void> {
  const { url, format, keySeparator, acks, compression, partition } = options;
  if (keySeparator !== undefined && format !== 'text') throw new InvalidArgumentError('--key-separator goes with --format text only.');
  // A topic that is not there, or a server, is told of before anything is read.
  await withAdmin(url, (admin) => admin.describeTopic(topic, { signal: terminal.interrupted }));
  await using producer = new Producer<Uint8Array, Uint8Array>({
    url,
    acks,
    compression,
    batchSize: BATCH_BYTES,
    lingerMs: LINGER_MS,
    maxRequestBytes: 8 * BATCH_BYTES,
    deliveryTimeoutMs: DELIVERY_TIMEOUT_MS,
  });
  const progress = new Progress(terminal, 'produced');
  const run = new ProduceRun(producer, topic, partition, progress);
  const input = file === '-' ? terminal.stdin : createReadStream(file);
  // Ctrl-C ends the input, and what was read before is finished.
  const stop = (): void => void input.destroy();
  terminal.interrupted.addEventListener('abort', stop, { once: true });
  let failure: unknown;
  try {
    if (terminal.interrupted.aborted) stop();
    for await (const records of recordsOf(input, format, keySeparator)) if (!(await run.send(records))) break;
  } catch (error) {
    if (!terminal.interrupted.aborted) failure = error;
  } finally {
    terminal.interrupted.removeEventListener('abort', stop);
  }
  input.destroy();
  await producer.flush();
  progress.end();
  const { records, bytes, ms } = progress;
  const { failed } = producer.stats;
  const counts = { topic, records, failed, bytes, ms: Math.round(ms) };
  await write(terminal.stdout, options.json ? `${JSON.stringify(counts)}\n` : `produced ${rateText(records, bytes, ms)} to ${topic}\n`);
  failure ??= run.failure;
  if (failure !== undefined) throw failure;
}

/** Sends what is read, and holds reading back while too much is unanswered. */
class ProduceRun {
  readonly #producer: Producer<Uint8Array, Uint8Array>;
  readonly #topic: string;
  readonly #partition: number | undefined;
  readonly #progress: Progress;
  #pending = 0;
  #pendingBytes = 0;
  #relief: (() => void) | undefined;
  /** Why the first record failed. */
  failure: unknown;

  constructor(producer: Producer<Uint8Array, Uint8Array>, topic: string, partition: number | undefined, progress: Progress) {
    this.#producer = producer;
    this.#topic = topic;
    this.#partition = partition;
    this.#progress = progress;
  }

  /** False when a record failed and no more should come. */
  async send(records: readonly InputRecord[]): Promise<boolean> {
    for (const record of records) {
      this.#sendOne(record);
      if (this.#isFull()) await new Promise<void>((resolve) => (this.#relief = resolve));
      if (this.failure !== undefined) return false;
    }
    return true;
  }

  #sendOne(record: InputRecord): void {
    const bytes = (record.key?.length ?? 0) + (record.value?.length ?? 0);
    this.#pending++;
    this.#pendingBytes += bytes;
    const settled = (): void => {
      this.#pending--;
      this.#pendingBytes -= bytes;
      if (this.#relief !== undefined && !this.#isFull()) {
        this.#relief();
        this.#relief = undefined;
      }
    };
    const placed = { topic: this.#topic, ...record, ...(this.#partition === undefined ? {} : { partition: this.#partition }) };
    this.#producer.send(placed).then(
      () => {
        this.#progress.add(1, bytes);
        settled();
      },
      (error: unknown) => {
        this.failure ??= error;
        settled();
      },
    );
  }

  #isFull(): boolean {
    return this.#pending >= PENDING_MAX || this.#pendingBytes >= PENDING_BYTES_MAX;
  }
}

function acksOf(text: string): Acks {
  if (text === 'all' || text === '-1') return 'all';
  if (text === '0' || text === '1') return text === '0' ? 0 : 1;
  throw new InvalidArgumentError('It must be all, 1 or 0.');
}
