/** `stratalog cost`: what a workload costs in a month on AWS, before anything is deployed. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Bill, billOf } from '../core/cost/bill.ts';
import type { CostDoor, Workload } from '../core/cost/workload.ts';
import { wholeNumber } from './arguments.ts';
import { table } from './table.ts';
import { type Terminal, write } from './terminal.ts';

interface CostOptions {
  readonly in: number;
  readonly recordSize: number;
  readonly flushes?: number;
  readonly partitions: number;
  readonly partitionsPerFlush?: number;
  readonly consumers?: number;
  readonly groups: number;
  readonly members: number;
  readonly commitInterval: number;
  readonly retention: number;
  readonly zones: number;
  readonly express?: boolean;
  readonly door: CostDoor;
  readonly json?: boolean;
}

const UNITS: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, KIB: 1024, MIB: 1024 ** 2, GIB: 1024 ** 3 };

/** `1MB`, `64KiB` or `1MB/s` as bytes. */
export function byteCount(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)(?:\/s)?$/i.exec(text) ?? [];
  const factor = UNITS[unit.toUpperCase() || 'B'];
  if (number === '' || factor === undefined) throw new InvalidArgumentError('It must be a number of bytes such as 500KB, 1MB or 1MiB.');
  return Number(number) * factor;
}

function positive(text: string): number {
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (number >= 0) return number;
  throw new InvalidArgumentError('It must be a number from 0.');
}

export function costCommand(terminal: Terminal): Command {
  return new Command('cost')
    .description('Computes what a workload costs in a month on AWS: requests and dollars at list prices.')
    .option('--in <bytes/s>', 'what producers append, as stored', byteCount, 1e6)
    .option('--record-size <bytes>', 'size of a record, as stored', byteCount, 1_000)
    .option('--flushes <per second>', 'segments a second; default 1, or a call for each record with --door lambda', positive)
    .option('--partitions <count>', 'partitions of the topics together', wholeNumber(1, 1e6), 3)
    .option('--partitions-per-flush <count>', 'partitions that a flush has batches for; default all', wholeNumber(1, 1e6))
    .option('--consumers <count>', 'consumers that each read everything; default one, or one for each group', wholeNumber(0, 1e6))
    .option('--groups <count>', 'consumer groups, each over all partitions', wholeNumber(0, 1e6), 0)
    .option('--members <count>', 'members of each group', wholeNumber(1, 1_000), 1)
    .option('--commit-interval <seconds>', 'between two commits of a member; 0: none', positive, 5)
    .option('--retention <days>', 'how long records are kept', positive, 7)
    .addOption(new Option('--zones <count>', 'buckets that hold every segment').argParser(wholeNumber(1, 3)).default(1))
    .option('--express', 'the buckets are S3 Express One Zone')
    .addOption(new Option('--door <door>', 'how clients come in').choices(['direct', 'gateway', 'lambda']).default('direct'))
    .option('--json', 'answer JSON, for programs')
    .action((options: CostOptions) => {
      const workload = workloadOf(options);
      const bill = billOf(workload);
      return write(terminal.stdout, options.json ? `${JSON.stringify({ workload, ...bill })}\n` : textOf(bill));
    });
}

function workloadOf(options: CostOptions): Workload {
  const { door, partitions } = options;
  const flushes = options.flushes ?? (options.in === 0 ? 0 : door === 'lambda' ? options.in / options.recordSize : 1);
  // A call with one record has a batch for one partition.
  const partitionsPerFlush = options.partitionsPerFlush ?? (door === 'lambda' && options.flushes === undefined ? 1 : partitions);
  return {
    bytesPerSecond: options.in,
    recordBytes: options.recordSize,
    flushesPerSecond: flushes,
    partitions,
    partitionsPerFlush,
    consumers: options.consumers ?? Math.max(1, options.groups),
    groups: options.groups,
    members: options.members,
    commitSeconds: options.commitInterval,
    retentionDays: options.retention,
    zones: options.zones,
    zoneKind: options.express ? 'express' : 'regional',
    door,
  };
}

function textOf({ lines, dollars, prices }: Bill): string {
  const rows = lines.map(({ cause, service, what, quantity, dollars: each }) => [cause, service, what, rounded(quantity), money(each)]);
  const body = table(['FOR', 'SERVICE', 'WHAT', 'A MONTH', 'DOLLARS'], rows);
  return `${body}\n$${money(dollars)} a month (30 days) at the list prices of ${prices.region} as of ${prices.asOf}, without free tiers and taxes\n`;
}

function rounded(quantity: number): string {
  if (quantity >= 1e6) return `${(quantity / 1e6).toFixed(2)} M`;
  return quantity >= 100 ? quantity.toFixed(0) : quantity.toFixed(2);
}

function money(dollars: number): string {
  return dollars.toFixed(2);
}
