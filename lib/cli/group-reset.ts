/** `stratalog group reset` */
import { readFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import type { GroupResetRequest, GroupResetTarget } from '../sdk/index.ts';
import { wholeNumber, withAdmin, withConnection } from './arguments.ts';
import { table } from './table.ts';
import { type Terminal, write } from './terminal.ts';

type ResetTopic = NonNullable<GroupResetRequest['topics']>[number];
type ResetOffset = NonNullable<GroupResetRequest['offsets']>[number];

interface ResetOptions {
  readonly url: string;
  readonly json?: boolean;
  readonly to?: string;
  readonly topic?: readonly ResetTopic[];
  readonly partition?: number;
  readonly fromFile?: string;
  readonly dryRun?: boolean;
}

export function resetCommand(terminal: Terminal): Command {
  const command = new Command('reset')
    .description('Puts the offsets of a group without members elsewhere.')
    .argument('<group>')
    .option(
      '--to <where>',
      'earliest, latest, current, an offset, a time like 2026-03-01T12:00:00Z, by+N or by-N records, or an age like 90s, 15m, 6h, 7d',
    )
    .option(
      '--topic <topic[:partitions]>',
      'this topic only, or orders:0,2 for some of its partitions; may be given again; default all the group has committed',
      resetTopics,
    )
    .option('--partition <n>', 'one partition of the one topic only', wholeNumber(0))
    .option('--from-file <file>', 'an offset for each partition: lines of topic,partition,offset')
    .option('--dry-run', 'say what would be done');
  return withConnection(command, terminal).action(async (group: string, options: ResetOptions) => {
    const body = await resetBody(options);
    const answer = await withAdmin(options.url, ({ groups }) => groups.reset(group, { ...body, signal: terminal.interrupted }));
    if (options.json) return write(terminal.stdout, `${JSON.stringify(answer)}\n`);
    const rows = answer.offsets.map(({ topic, partition, before, offset }) => [topic, partition, before ?? '-', offset]);
    const shown = rows.length === 0 ? 'nothing to reset; name a topic\n' : table(['TOPIC', 'PARTITION', 'BEFORE', 'OFFSET'], rows);
    return write(terminal.stdout, `${answer.dryRun ? 'nothing was changed\n' : ''}${shown}`);
  });
}

async function resetBody({ to, topic: topics, partition, fromFile, dryRun }: ResetOptions): Promise<GroupResetRequest> {
  if ((to === undefined) === (fromFile === undefined)) throw new InvalidArgumentError('Give either --to or --from-file.');
  if (fromFile !== undefined && topics !== undefined)
    throw new InvalidArgumentError('--topic does not go with --from-file, which names them.');
  const [one, ...more] = topics ?? [];
  if (partition !== undefined && (one === undefined || more.length > 0 || one.partitions !== undefined))
    throw new InvalidArgumentError('--partition goes with one --topic.');
  const chosen = partition === undefined || one === undefined ? topics : [{ ...one, partitions: [partition] }];
  return {
    ...(to === undefined ? {} : { to: resetTarget(to) }),
    ...(fromFile === undefined ? {} : { offsets: offsetLines(await textOf(fromFile)) }),
    ...(chosen === undefined ? {} : { topics: chosen }),
    ...(dryRun ? { dryRun } : {}),
  };
}

/** Gathers `topic` and `topic:0,2`, as Kafka's tool has them. */
export function resetTopics(text: string, before: readonly ResetTopic[] = []): readonly ResetTopic[] {
  const found = /^(?<topic>[^:]+)(?::(?<list>\d{1,9}(?:,\d{1,9})*))?$/.exec(text)?.groups;
  if (found?.topic === undefined) throw new InvalidArgumentError('It must be a topic, or a topic and partitions like orders:0,2.');
  const partitions = found.list?.split(',').map(Number);
  return [...before, { topic: found.topic, ...(partitions === undefined ? {} : { partitions }) }];
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The words of `--to` as the API has them. */
export function resetTarget(text: string): GroupResetTarget {
  if (text === 'earliest' || text === 'latest' || text === 'current') return { kind: text };
  if (/^\d{1,15}$/.test(text)) return { kind: 'offset', offset: Number(text) };
  const shift = /^by([+-]\d{1,15})$/.exec(text);
  if (shift) return { kind: 'shift', by: Number(shift[1]) };
  const age = /^(\d{1,9})([smhd])$/.exec(text);
  if (age) return { kind: 'duration', durationMs: Number(age[1]) * (UNIT_MS[age[2] ?? ''] ?? 0) };
  const timeMs = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (timeMs >= 0) return { kind: 'time', timeMs };
  throw new InvalidArgumentError(
    '--to must be earliest, latest, current, an offset, a time like 2026-03-01T12:00:00Z, by+N, by-N, or an age like 15m.',
  );
}

const FILE_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read',
  EISDIR: 'it is a folder',
};

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new InvalidArgumentError(`--from-file: '${file}' cannot be read: ${FILE_REASONS[code] ?? code}.`);
  }
}

/** Lines of `topic,partition,offset`; Kafka's tool writes and reads the same. Empty lines and those that begin with # say nothing. */
export function offsetLines(text: string): readonly ResetOffset[] {
  const found = new Map<string, ResetOffset>();
  text.split(/\r?\n/).forEach((line, i) => {
    if (line.trim() === '' || line.startsWith('#')) return;
    const fields = /^\s*"?(?<topic>[\w.-]+)"?\s*,\s*(?<partition>\d{1,9})\s*,\s*(?<offset>\d{1,15})\s*$/.exec(line)?.groups;
    if (fields?.topic === undefined) {
      throw new InvalidArgumentError(`Line ${i + 1} of the file is '${line.slice(0, 80)}', it must be topic,partition,offset.`);
    }
    const { topic } = fields;
    const offset = { topic, partition: Number(fields.partition), offset: Number(fields.offset) };
    const name = `${topic},${offset.partition}`;
    if (found.has(name))
      throw new InvalidArgumentError(`Line ${i + 1} of the file names partition ${offset.partition} of '${topic}' again.`);
    found.set(name, offset);
  });
  if (found.size === 0) throw new InvalidArgumentError('The file has no line of topic,partition,offset.');
  return [...found.values()];
}
