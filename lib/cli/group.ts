/** `stratalog group list|describe|lag|reset|delete` */
import { setTimeout } from 'node:timers/promises';
import { Command } from 'commander';
import { isStratalogError } from '../core/errors.ts';
import { Admin, type GroupAdmin, type GroupDescription, type GroupLag, type GroupSummary } from '../sdk/index.ts';
import { wholeNumber, withConnection } from './arguments.ts';
import { resetCommand } from './group-reset.ts';
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
  return withConnection(command, terminal).action(async (group: string, options: LagOptions) => {
    await showLag(group, options, terminal);
    while (options.watch && !terminal.interrupted.aborted) {
      await setTimeout(options.interval * 1_000, undefined, { signal: terminal.interrupted }).catch(() => undefined);
      if (terminal.interrupted.aborted) return;
      await showLag(group, options, terminal).catch(async (error) => {
        // Who watches wants to see how it goes on after the server was away.
        if (!isStratalogError(error) || !error.retriable) throw error;
        await write(terminal.stderr, `${error.message}\n`);
      });
    }
  });
}

interface LagOptions extends Connected {
  readonly watch?: boolean;
  readonly interval: number;
}

async function showLag(group: string, { url, json }: LagOptions, terminal: Terminal): Promise<void> {
  const answer = await ask(url, (groups) => groups.lag(group, { signal: terminal.interrupted }));
  await write(terminal.stdout, json ? `${JSON.stringify(answer)}\n` : `${summaryText(answer)}\n${partitionsText(answer)}`);
}

function deleteCommand(terminal: Terminal): Command {
  const command = new Command('delete').description('Removes a group without members and all its offsets.').argument('<group>');
  return withConnection(command, terminal).action(async (group: string, { url, json }: Connected) => {
    await ask(url, (groups) => groups.delete(group, { signal: terminal.interrupted }));
    return write(terminal.stdout, json ? `${JSON.stringify({ deleted: group })}\n` : `deleted group ${group}\n`);
  });
}
