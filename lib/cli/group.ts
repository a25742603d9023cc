/** `stratalog group list|describe|lag|reset|delete` */
import { readFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import {
  Admin,
  type GroupAdmin,
  type GroupDescription,
  type GroupLag,
  type GroupResetRequest,
  type GroupResetTarget,
  type GroupSummary,
} from '../sdk/index.ts';
import { wholeNumber, withConnection } from './arguments.ts';
import { table } from './table.ts';
import { type Terminal, write } from './terminal.ts';

interface Connected {
  readonly url: string;
  readonly json?: boolean;
}

/** Calls one method of the client's groups and closes the client. */
async function ask<Answer>(url: string, call: (groups: GroupAdmin) => Promise<Answer>): Promise<Answer> {
  await using admin = new Admin({ url });
  return await call(admin.groups);
}

export function groupCommand(terminal: Terminal): Command {
  const command = new Command('group').description('list, describe, watch, reset and delete consumer groups');
  for (const make of [listCommand, describeCommand, lagCommand, resetCommand, deleteCommand]) command.addCommand(make(terminal));
  return command;
}

function listCommand(terminal: Terminal): Command {
  return withConnection(new Command('list').description('Lists all groups.'), terminal).action(async ({ url, json }: Connected) => {
    const groups: GroupSummary[] = [];
    await using admin = new Admin({ url });
    for await (const group of admin.groups.list({ signal: terminal.interrupted })) groups.push(group);
    if (json) return write(terminal.stdout, `${JSON.stringify(groups)}\n`);
    if (groups.length === 0) return write(terminal.stdout, 'there are no groups\n');
    return write(
      terminal.stdout,
      table(
        ['GROUP', 'KIND', 'MEMBERS'],
        groups.map(({ group, kind, members }) => [group, kind, members]),
      ),
    );
  });
}

function describeCommand(terminal: Terminal): Command {
  const command = new Command('describe').description('Shows members, assignment, offsets, lag and status.').argument('<group>');
  return withConnection(command, terminal).action(async (group: string, { url, json }: Connected) => {
    const answer = await ask(url, (groups) => groups.describe(group, { signal: terminal.interrupted }));
    if (json) return write(terminal.stdout, `${JSON.stringify(answer)}\n`);
    const assigned = (lists: GroupDescription['members'][number]['assignment']) =>
      lists.map(({ topic, partitions }) => `${topic}: ${partitions.join(',')}`).join('; ');
    const members = answer.members.map((m) => [m.memberId, m.instanceId ?? '-', m.state, m.memberEpoch, assigned(m.assignment)]);
    const head = `group ${answer.group}: ${answer.state}, epoch ${answer.epoch}, ${answer.assignor}\n${summaryText(answer)}\n`;
    const shown = members.length === 0 ? 'no members\n' : table(['MEMBER', 'INSTANCE', 'STATE', 'EPOCH', 'PARTITIONS'], members);
    return write(terminal.stdout, `${head}\n${shown}\n${partitionsText(answer)}`);
  });
}

function summaryText({ status, lag, lagMs, utilisation }: GroupLag): string {
  const age = lagMs === null ? '' : `, the oldest waits ${ageText(lagMs)}`;
  return `status ${status}, lag ${lag}${age}${utilisation === null ? '' : `, utilisation ${utilisation.toFixed(2)}`}`;
}

function ageText(ms: number): string {
  return ms < 120_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

function partitionsText({ partitions }: GroupLag): string {
  const rows = partitions.map((p) => [
    p.topic,
    p.partition,
    p.committedOffset ?? '-',
    p.endOffset,
    p.lag,
    p.lagMs === null ? '-' : ageText(p.lagMs),
    p.status,
    p.memberId ?? '-',
  ]);
  return table(['TOPIC', 'PARTITION', 'COMMITTED', 'END', 'LAG', 'AGE', 'STATUS', 'MEMBER'], rows);
}

function lagCommand(terminal: Terminal): Command {
  const command = new Command('lag')
    .description('Shows how far behind a group is.')
    .argument('<group>')
    .option('--watch', 'show it again and again until Ctrl-C')
    .option('--interval <seconds>', 'with --watch: how often', wholeNumber(1, 3_600), 5);
  return withConnection(command, terminal).action(async (group: string, options: Connected & { watch?: boolean; interval: number }) => {
    for (;;) {
      const answer = await ask(options.url, (groups) => groups.lag(group, { signal: terminal.interrupted }));
      const text = options.json ? `${JSON.stringify(answer)}\n` : `${summaryText(answer)}\n${partitionsText(answer)}`;
      await write(terminal.stdout, text);
      if (!options.watch) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, options.interval * 1_000);
        const stop = () => {
          clearTimeout(timer);
          resolve();
        };
        terminal.interrupted.addEventListener('abort', stop, { once: true });
      });
      if (terminal.interrupted.aborted) return;
    }
  });
}

interface ResetOptions extends Connected {
  readonly to?: string;
  readonly topic?: string;
  readonly partition?: number;
  readonly fromFile?: string;
  readonly dryRun?: boolean;
}

function resetCommand(terminal: Terminal): Command {
  const command = new Command('reset')
    .description('Puts the offsets of a group without members elsewhere.')
    .argument('<group>')
    .option(
      '--to <where>',
      'earliest, latest, current, an offset, a time like 2026-03-01T12:00:00Z, by+N or by-N records, or an age like 90s, 15m, 6h, 7d',
    )
    .option('--topic <topic>', 'one topic only; default all the group has committed')
    .option('--partition <n>', 'one partition of it only', wholeNumber(0))
    .option('--from-file <file>', 'an offset for each partition: lines of topic,partition,offset')
    .option('--dry-run', 'say what would be done');
  return withConnection(command, terminal).action(async (group: string, options: ResetOptions) => {
    const body = await resetBody(options);
    const answer = await ask(options.url, (groups) => groups.reset(group, { ...body, signal: terminal.interrupted }));
    if (options.json) return write(terminal.stdout, `${JSON.stringify(answer)}\n`);
    const rows = answer.offsets.map(({ topic, partition, before, offset }) => [topic, partition, before ?? '-', offset]);
    const shown = rows.length === 0 ? 'nothing to reset; name a topic\n' : table(['TOPIC', 'PARTITION', 'BEFORE', 'OFFSET'], rows);
    return write(terminal.stdout, `${answer.dryRun ? 'nothing was changed\n' : ''}${shown}`);
  });
}

async function resetBody({ to, topic, partition, fromFile, dryRun }: ResetOptions): Promise<GroupResetRequest> {
  if ((to === undefined) === (fromFile === undefined)) throw new InvalidArgumentError('Give either --to or --from-file.');
  if (partition !== undefined && topic === undefined) throw new InvalidArgumentError('--partition goes with --topic.');
  return {
    ...(to === undefined ? {} : { to: resetTarget(to) }),
    ...(fromFile === undefined ? {} : { offsets: offsetLines(await readFile(fromFile, 'utf8')) }),
    ...(topic === undefined ? {} : { topics: [{ topic, ...(partition === undefined ? {} : { partitions: [partition] }) }] }),
    ...(dryRun ? { dryRun } : {}),
  };
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

/** Lines of `topic,partition,offset`; Kafka's tool writes and reads the same. */
export function offsetLines(text: string): readonly { topic: string; partition: number; offset: number }[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return lines.map((line, i) => {
    const found = /^\s*"?([\w.-]+)"?\s*,\s*(\d{1,9})\s*,\s*(\d{1,15})\s*$/.exec(line);
    if (!found) throw new InvalidArgumentError(`Line ${i + 1} of the file must be topic,partition,offset.`);
    return { topic: found[1] ?? '', partition: Number(found[2]), offset: Number(found[3]) };
  });
}

function deleteCommand(terminal: Terminal): Command {
  const command = new Command('delete').description('Removes a group without members and all its offsets.').argument('<group>');
  return withConnection(command, terminal).action(async (group: string, { url, json }: Connected) => {
    await ask(url, (groups) => groups.delete(group, { signal: terminal.interrupted }));
    return write(terminal.stdout, json ? `${JSON.stringify({ deleted: group })}\n` : `deleted group ${group}\n`);
  });
}
