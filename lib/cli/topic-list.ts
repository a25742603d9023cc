/** `stratalog topic list` */
import { Command } from 'commander';
import type { TopicSummary } from '../sdk/index.ts';
import { withAdmin, withConnection } from './arguments.ts';
import { settingsText, table } from './table.ts';
import { type Terminal, write } from './terminal.ts';

export function topicListCommand(terminal: Terminal): Command {
  const command = new Command('list').description('Lists all topics.');
  return withConnection(command, terminal).action(async (options: { url: string; json?: boolean }) => {
    const topics: TopicSummary[] = [];
    await withAdmin(options.url, async (admin) => {
      for await (const topic of admin.listTopics({ signal: terminal.interrupted })) topics.push(topic);
    });
    if (options.json) return write(terminal.stdout, `${JSON.stringify(topics)}\n`);
    if (topics.length === 0) return write(terminal.stdout, 'there are no topics\n');
    const rows = topics.map(({ name, partitions, configs }) => [name, partitions, settingsText(configs)]);
    return write(terminal.stdout, table(['TOPIC', 'PARTITIONS', 'SETTINGS'], rows));
  });
}
