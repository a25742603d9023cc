/** `stratalog maintenance` */
import { Argument, Command } from 'commander';
import { HttpTransport } from '../sdk/http-transport.ts';
import { nameList, wholeNumber, withConnection } from './arguments.ts';
import { table } from './table.ts';
import { type Terminal, write } from './terminal.ts';

const JOBS = ['retain', 'merge', 'compact', 'replicate', 'sweep'];

interface Report {
  readonly job: string;
  readonly did: Readonly<Record<string, number>>;
  readonly bytes: number;
  readonly lagMs: number;
  readonly complete: boolean;
  readonly dryRun: boolean;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly errors: readonly string[];
}

interface Status {
  readonly jobs: readonly Report[];
  readonly running: readonly string[];
  readonly retired: number;
  readonly underReplicated: readonly string[];
  readonly zonesDown: readonly string[];
}

interface RunOptions {
  readonly url: string;
  readonly json?: boolean;
  readonly topic?: string;
  readonly dryRun?: boolean;
}

export function maintenanceCommand(terminal: Terminal): Command {
  return new Command('maintenance')
    .description('see how the log looks after itself, and run its jobs')
    .addCommand(statusCommand(terminal))
    .addCommand(runCommand(terminal))
    .addCommand(repairCommand(terminal));
}

function statusCommand(terminal: Terminal): Command {
  const command = new Command('status').description('Shows the newest run of each job.');
  return withConnection(command, terminal).action(async ({ url, json }: RunOptions) => {
    const status = await withTransport(url, (transport) =>
      transport.json<Status>({ method: 'GET', path: '/maintenance', signal: terminal.interrupted }),
    );
    if (json) return write(terminal.stdout, `${JSON.stringify(status)}\n`);
    const rows = status.jobs.map((report) => [report.job, new Date(report.startedAtMs).toISOString(), ...rowOf(report)]);
    const notes = [
      ...(status.running.length > 0 ? [`running: ${status.running.join(', ')}`] : []),
      `objects that wait to be deleted: ${status.retired}`,
      `under-replicated partitions: ${status.underReplicated.length === 0 ? 'none' : status.underReplicated.join(', ')}`,
      `zones that do not answer: ${status.zonesDown.length === 0 ? 'none' : status.zonesDown.join(', ')}`,
    ];
    const jobs = rows.length === 0 ? 'no job has run in this process yet\n' : table(['JOB', 'BEGAN', ...COLUMNS], rows);
    return write(terminal.stdout, `${jobs}\n${notes.join('\n')}\n`);
  });
}

function runCommand(terminal: Terminal): Command {
  const command = new Command('run')
    .description('Runs a job over all partitions until nothing is left to do.')
    .addArgument(new Argument('<job>', 'which one').choices(JOBS))
    .option('--topic <name>', 'only this topic')
    .option('--dry-run', 'look and count, change nothing');
  return withConnection(command, terminal).action(async (job: string, options: RunOptions) => {
    await withTransport(options.url, async (transport) => {
      for (;;) {
        const report = await transport.json<Report>({
          method: 'POST',
          path: `/maintenance/${job}`,
          query: { topic: options.topic, dryRun: options.dryRun ? 'true' : undefined },
          signal: terminal.interrupted,
        });
        const text = options.json ? JSON.stringify(report) : table(['JOB', ...COLUMNS], [[report.job, ...rowOf(report)]]).trimEnd();
        await write(terminal.stdout, `${text}\n`);
        for (const error of options.json ? [] : report.errors) await write(terminal.stderr, `warning: ${error}\n`);
        // A run answers after a while with what it did until then; what fails would fail again at once.
        if (report.complete || report.dryRun || report.errors.length > 0) return;
      }
    });
  });
}

interface RepairOptions {
  readonly url: string;
  readonly json?: boolean;
  readonly topic: string;
  readonly partition?: number;
  readonly read?: boolean;
  readonly withoutZone?: readonly string[];
  readonly apply?: boolean;
}

interface RepairReport {
  readonly lost: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly firstOffset: number;
    readonly endOffset: number;
    readonly records: number;
    readonly bytes: number;
    readonly object: string;
    readonly state: string;
  }[];
  readonly complete: boolean;
  readonly errors: readonly string[];
}

function repairCommand(terminal: Terminal): Command {
  const command = new Command('repair')
    .description('Finds records that no zone has any more; with --apply marks their offsets as gone, so that readers go on behind them.')
    .requiredOption('--topic <name>', 'the topic')
    .option('--partition <number>', 'only this partition', wholeNumber(0))
    .option('--read', 'read every byte, to find what is there and damaged')
    .option('--without-zone <name>', 'a zone that is gone for good; may come again', nameList)
    .option('--apply', 'mark what is lost; without it nothing is changed');
  return withConnection(command, terminal).action(async ({ url, json, topic, partition, read, withoutZone, apply }: RepairOptions) => {
    const query = {
      topic,
      partition: partition === undefined ? undefined : String(partition),
      read: read ? 'true' : undefined,
      apply: apply ? 'true' : undefined,
      withoutZones: withoutZone?.join(','),
    };
    const report = await withTransport(url, (transport) =>
      transport.json<RepairReport>({ method: 'POST', path: '/maintenance/repair', query, signal: terminal.interrupted }),
    );
    if (json) return write(terminal.stdout, `${JSON.stringify(report)}\n`);
    for (const error of report.errors) await write(terminal.stderr, `warning: ${error}\n`);
    if (report.lost.length === 0) return write(terminal.stdout, 'nothing is lost\n');
    const rows = report.lost.map((range) => [
      range.partition,
      `${range.firstOffset}-${range.endOffset - 1}`,
      range.records,
      range.bytes,
      range.state,
      range.object,
    ]);
    const notMarked = report.lost.some(({ state }) => state === 'missing' || state === 'damaged');
    const advice = notMarked ? 'nothing was changed; --apply marks these offsets as gone for good\n' : '';
    return write(terminal.stdout, `${table(['PARTITION', 'OFFSETS', 'RECORDS', 'BYTES', 'STATE', 'OBJECT'], rows)}\n${advice}`);
  });
}

const COLUMNS = ['TOOK', 'BYTES', 'LAG', 'DONE', 'DID'];

function rowOf(report: Report): (string | number)[] {
  const did = Object.entries(report.did).map(([what, count]) => `${what} ${count}`);
  return [
    `${(report.durationMs / 1000).toFixed(1)} s`,
    report.bytes,
    `${(report.lagMs / 1000).toFixed(0)} s`,
    report.complete ? 'yes' : 'not yet',
    did.length === 0 ? 'nothing to do' : did.join(', '),
  ];
}

async function withTransport<Answer>(url: string, use: (transport: HttpTransport) => Promise<Answer>): Promise<Answer> {
  const transport = new HttpTransport({ url });
  try {
    return await use(transport);
  } finally {
    await transport.close();
  }
}
