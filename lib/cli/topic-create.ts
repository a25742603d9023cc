/** `stratalog topic create` */
import { Command } from 'commander';
import { setting, wholeNumber, withAdmin, withConnection } from './arguments.ts';
import { settingsText } from './table.ts';
import { type Terminal, write } from './terminal.ts';

export function topicCreateCommand(terminal: Terminal): Command {
  const command = new Command('create')
    .description('Creates a topic.')
    .argument('<topic>', "1 to 249 of a-z A-Z 0-9 '.' '_' '-'")
    .option('--partitions <n>', 'how many partitions it has', wholeNumber(1), 1)
    .option('--config <name=value>', "a setting by Kafka's name; may come again", setting)
    .addHelpText('after', '\nExample:\n  stratalog topic create orders --partitions 6 --config retention.ms=86400000');
  return withConnection(command, terminal).action(
    async (name: string, options: { partitions: number; config?: Record<string, string>; url: string; json?: boolean }) => {
      const topic = await withAdmin(options.url, (admin) =>
        admin.createTopic({ name, partitions: options.partitions, configs: options.config ?? {} }, { signal: terminal.interrupted }),
      );
      const configs = settingsText(topic.configs);
      const text = `created ${topic.name} with ${topic.partitions} partition${topic.partitions === 1 ? '' : 's'}${configs === '' ? '' : `, ${configs}`}\n`;
      await write(terminal.stdout, options.json ? `${JSON.stringify(topic)}\n` : text);
    },
  );
}
