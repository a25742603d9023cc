/** `stratalog topic describe` */
import { Command } from 'commander';
import { withAdmin, withConnection } from './arguments.ts';
import { settingsText, table } from './table.ts';
import { type Terminal, write } from './terminal.ts';

export function topicDescribeCommand(terminal: Terminal): Command {
  const command = new Command('describe').description('Shows a topic: settings, and the offsets of each partition.').argument('<topic>');
  return withConnection(command, terminal).action(async (name: string, options: { url: string; json?: boolean }) => {
    const topic = await withAdmin(options.url, (admin) => admin.describeTopic(name, { signal: terminal.interrupted }));
    if (options.json) return write(terminal.stdout, `${JSON.stringify(topic)}\n`);
    const rows = topic.offsets.map(({ partition, startOffset, endOffset, underReplicated }) => [
      partition,
      startOffset,
      endOffset,
      endOffset - startOffset,
      underReplicated === true ? 'under-replicated' : '',
    ]);
    const head = `topic     ${topic.name}\nid        ${topic.id}\ncreated   ${new Date(topic.createdAt).toISOString()}\nsettings  ${settingsText(topic.configs) || 'all defaults'}\n\n`;
    return write(terminal.stdout, head + table(['PARTITION', 'START', 'END', 'OFFSETS', 'COPIES'], rows));
  });
}
