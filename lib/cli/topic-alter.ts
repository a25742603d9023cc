/** `stratalog topic alter` */
import { Command } from 'commander';
import { nameList, setting, wholeNumber, withAdmin, withConnection } from './arguments.ts';
import { settingsText } from './table.ts';
import { type Terminal, write } from './terminal.ts';

interface Options {
  readonly partitions?: number;
  readonly config?: Readonly<Record<string, string>>;
  readonly reset?: readonly string[];
  readonly url: string;
  readonly json?: boolean;
}

export function topicAlterCommand(terminal: Terminal): Command {
  const command = new Command('alter')
    .description('Changes settings of a topic and raises its partition count.')
    .argument('<topic>')
    .option('--partitions <n>', 'the new partition count; it only grows, and keyed records go elsewhere from then on', wholeNumber(1))
    .option('--config <name=value>', 'a setting; may come again', setting)
    .option('--reset <name>', 'takes a setting back to its default; may come again', nameList)
    .addHelpText('after', '\nExample:\n  stratalog topic alter orders --config cleanup.policy=compact --reset retention.ms');
  return withConnection(command, terminal).action(async (name: string, options: Options) => {
    const { partitions, config = {}, reset = [] } = options;
    const configs: Record<string, string | null> = { ...config };
    for (const setting of reset) configs[setting] = null;
    if (partitions === undefined && Object.keys(configs).length === 0) command.error('error: give --partitions, --config or --reset');
    const alteration = { ...(partitions === undefined ? {} : { partitions }), ...(Object.keys(configs).length === 0 ? {} : { configs }) };
    const topic = await withAdmin(options.url, (admin) => admin.alterTopic(name, alteration, { signal: terminal.interrupted }));
    const text = `${topic.name} has ${topic.partitions} partition${topic.partitions === 1 ? '' : 's'}, ${settingsText(topic.configs) || 'all settings are defaults'}\n`;
    await write(terminal.stdout, options.json ? `${JSON.stringify(topic)}\n` : text);
  });
}
