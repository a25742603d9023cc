/** `stratalog topic delete` */
import { Command } from 'commander';
import { withAdmin, withConnection } from './arguments.ts';
import { type Terminal, write } from './terminal.ts';

export function topicDeleteCommand(terminal: Terminal): Command {
  const command = new Command('delete').description('Deletes a topic with all its records, for good.').argument('<topic>');
  return withConnection(command, terminal).action(async (name: string, options: { url: string; json?: boolean }) => {
    await withAdmin(options.url, (admin) => admin.deleteTopic(name, { signal: terminal.interrupted }));
    await write(terminal.stdout, options.json ? `${JSON.stringify({ deleted: name })}\n` : `deleted ${name}\n`);
  });
}
