/** Texts of the command line to values; what is wrong is a usage error that names the rule. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_URL } from '../sdk/connection.ts';
import { Admin, type StartAt } from '../sdk/index.ts';
import type { Terminal } from './terminal.ts';

/** A parser of whole numbers within bounds. */
export function wholeNumber(min: number, max: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const number = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${min}${max === Number.MAX_SAFE_INTEGER ? '' : ` to ${max}`}.`);
  };
}

/** Gathers `name=value` texts of an option that may come again. */
export function setting(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be NAME=VALUE.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Gathers names of an option that may come again. */
export function nameList(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** `earliest`, `latest`, an offset, or a time such as 2026-03-01T12:00:00Z. */
export function startAt(text: string): StartAt {
  if (text === 'earliest' || text === 'latest') return text;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (time >= 0) return { time };
  throw new InvalidArgumentError('It must be earliest, latest, an offset, or a time like 2026-03-01T12:00:00Z.');
}

/** What stands between key and value: `\t`, `\n` and `\0` are the characters they name. */
export function separator(text: string): string {
  const unescaped = text.replaceAll(/\\([tn0\\])/g, (_, letter: string) => ({ t: '\t', n: '\n', '0': '\0' })[letter] ?? '\\');
  if (unescaped === '') throw new InvalidArgumentError('It must not be empty.');
  return unescaped;
}

/** Options of every command that talks to a server. */
export function withConnection(command: Command, { env }: Terminal): Command {
  const url = new Option('--url <url>', 'address of the server; STRATALOG_URL is used when it is not given');
  return command.addOption(url.default(env.STRATALOG_URL || DEFAULT_URL)).option('--json', 'answer JSON, for programs');
}

/** Runs with an admin that is closed afterwards. */
export async function withAdmin<Answer>(url: string, use: (admin: Admin) => Promise<Answer>): Promise<Answer> {
  await using admin = new Admin({ url });
  return await use(admin);
}
