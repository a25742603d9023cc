/** `stratalog consume` */
import { Command, InvalidArgumentError, Option } from 'commander';
import { Consumer, type ConsumerBatch, type StartAt } from '../sdk/index.ts';
import { separator, startAt, wholeNumber, withConnection } from './arguments.ts';
import { Progress } from './progress.ts';
import { type OutputFormat, recordWriter } from './record-output.ts';
import { rateText } from './table.ts';
import { isBrokenPipe, type Terminal, write } from './terminal.ts';

interface Options {
  readonly from?: StartAt;
  readonly partition?: number;
  readonly group?: string;
  readonly max?: number;
  readonly untilEnd?: boolean;
  readonly format: OutputFormat;
  readonly keySeparator?: string;
  readonly url: string;
  readonly json?: boolean;
}

/** A server that is away for this long ends the command. */
const GIVE_UP_AFTER_MS = 30_000;
/** Quick to read through a whole topic, and still little memory. */
const FETCH_BYTES = 4 * 1024 * 1024;

export function consumeCommand(terminal: Terminal): Command {
  const command = new Command('consume')
    .summary('read records of a topic')
    .description('Prints the records of a topic and follows it until Ctrl-C. Each partition is in order; between partitions there is none.')
    .argument('<topic>')
    .option(
      '--from <where>',
      'earliest, latest, an offset, or a time like 2026-03-01T12:00:00Z; default latest, and earliest with --until-end',
      startAt,
    )
    .option('--partition <n>', 'one partition only', wholeNumber(0))
    .option('--group <group>', 'share the topic with the other members of a group, and go on where it was left')
    .option('--max <n>', 'stop after this many records', wholeNumber(1))
    .option('--until-end', 'stop where the topic ends now')
    .addOption(
      new Option(
        '--format <format>',
        'text: value a line; value: the same, never a key; raw: values with nothing between; ndjson: a JSON record a line; json: an array',
      )
        .choices(['text', 'json', 'ndjson', 'value', 'raw'])
        .default('text'),
    )
    .option('--key-separator <text>', "with text: prints the key, then this, then the value; '\\t' for a tab", separator)
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  stratalog consume orders                                   what comes from now on',
        '  stratalog consume orders --from earliest --max 10 --format ndjson',
        '  stratalog consume orders --group billing                   one of several that share the work',
        "  stratalog consume orders --until-end --key-separator '\\t' > orders.tsv",
      ].join('\n'),
    );
  return withConnection(command, terminal).action((topic: string, options: Options) => consume(terminal, topic, options));
}

async function consume(terminal: Terminal, topic: string, options: Options): Promise<void> {
  const { url, partition, untilEnd, keySeparator } = options;
  if (keySeparator !== undefined && options.format !== 'text')
    throw new InvalidArgumentError('--key-separator goes with --format text only.');
  if (options.group !== undefined) return consumeInGroup(terminal, topic, options, options.group);
  const from = options.from ?? (untilEnd ? 'earliest' : 'latest');
  const offsetReset = typeof from === 'number' ? 'error' : 'earliest';
  await using consumer = new Consumer({ url, offsetReset, giveUpAfterMs: GIVE_UP_AFTER_MS, maxPartitionFetchBytes: FETCH_BYTES });
  const wanted = { topic, from, ...(partition === undefined ? {} : { partition }), ...(untilEnd ? { until: 'latest' as const } : {}) };
  await consumer.assign([wanted], { signal: terminal.interrupted });
  await printAll(terminal, topic, consumer, options);
}

async function consumeInGroup(terminal: Terminal, topic: string, options: Options, group: string): Promise<void> {
  const { from = 'latest', partition, untilEnd, url } = options;
  if (partition !== undefined || untilEnd) throw new InvalidArgumentError('--partition and --until-end do not go with --group.');
  if (from !== 'earliest' && from !== 'latest') throw new InvalidArgumentError('--from must be earliest or latest with --group.');
  const settings = {
    offsetReset: from,
    giveUpAfterMs: GIVE_UP_AFTER_MS,
    maxPartitionFetchBytes: FETCH_BYTES,
    clientId: 'stratalog',
  } as const;
  await using consumer = new Consumer({ url, group, ...settings });
  consumer.subscribe([topic]);
  // What was printed is processed: without this the last batch before --max would come again.
  await printAll(terminal, topic, consumer, options, (record) => consumer.processed({ topic, ...record }));
}

interface Source {
  batches(options: { readonly signal: AbortSignal }): AsyncGenerator<ConsumerBatch<Uint8Array, Uint8Array>, void, undefined>;
}

async function printAll(
  terminal: Terminal,
  topic: string,
  consumer: Source,
  options: Options,
  onPrinted: (record: { readonly partition: number; readonly offset: number }) => void = () => undefined,
): Promise<void> {
  const progress = new Progress(terminal, 'consumed');
  try {
    await print(terminal, consumer, options, progress, onPrinted);
  } catch (error) {
    // Ctrl-C and a reader that has enough are ways to end, not failures.
    if (!terminal.interrupted.aborted && !isBrokenPipe(error)) throw error;
  } finally {
    progress.end();
  }
  if (terminal.interactive) terminal.stderr.write(`consumed ${rateText(progress.records, progress.bytes, progress.ms)} from ${topic}\n`);
}

async function print(
  terminal: Terminal,
  consumer: Source,
  options: Options,
  progress: Progress,
  onPrinted: (record: { readonly partition: number; readonly offset: number }) => void,
): Promise<void> {
  const { stdout, interrupted } = terminal;
  const writer = recordWriter(options.json && options.format === 'text' ? 'ndjson' : options.format, options.keySeparator);
  const max = options.max ?? Number.POSITIVE_INFINITY;
  const print = async (text: string | Uint8Array): Promise<void> => (text.length === 0 ? undefined : await write(stdout, text));
  await print(writer.open);
  try {
    for await (const batch of consumer.batches({ signal: interrupted })) {
      const records = batch.records.slice(0, max - progress.records);
      const bytes = writer.write(records);
      await print(bytes);
      progress.add(records.length, bytes.length);
      const last = records.at(-1);
      if (last !== undefined) onPrinted(last);
      if (progress.records >= max) break;
    }
  } finally {
    await print(writer.close).catch(() => undefined);
  }
}
