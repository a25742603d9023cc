import { GROUP_HEARTBEAT_INTERVAL_MS, GROUP_SESSION_TIMEOUT_MS } from '../core/limits.ts';
import { type ConfigEntry, SOURCE } from './config-entries.ts';

const INT = 3;

/** The settings of a group (KIP-848), which are the same for all. */
export function groupConfigEntries(): readonly ConfigEntry[] {
  const entry = (name: string, value: number, documentation: string): ConfigEntry => ({
    name,
    value: String(value),
    readOnly: true,
    configSource: SOURCE.DEFAULT,
    isSensitive: false,
    synonyms: [{ name: `group.${name}`, value: String(value), source: SOURCE.DEFAULT }],
    configType: INT,
    documentation,
  });
  return [
    entry(
      'consumer.heartbeat.interval.ms',
      GROUP_HEARTBEAT_INTERVAL_MS,
      'How often members of the consumer protocol send a heartbeat, ms.',
    ),
    entry('consumer.session.timeout.ms', GROUP_SESSION_TIMEOUT_MS, 'How long a member of the consumer protocol may be silent, ms.'),
  ];
}
