import { GROUP_HEARTBEAT_INTERVAL_MS, GROUP_SESSION_TIMEOUT_MS } from '../core/limits.ts';
import { type ConfigEntry, SOURCE } from './config-entries.ts';

const INT = 3;
/** The coordinator divides partitions anew at once when a group changes; joins that arrive together are one step. */
const ASSIGNMENT_INTERVAL_MS = 0;

/** The settings of a group (KIP-848), which are the same for all. Those of share and streams groups are not here, as these groups are not. */
export function groupConfigEntries(): readonly ConfigEntry[] {
  const entry = (name: string, value: number, documentation: string): ConfigEntry => ({
    name,
    value: String(value),
    readOnly: false,
    configSource: SOURCE.DEFAULT,
    isSensitive: false,
    synonyms: [{ name: `group.${name}`, value: String(value), source: SOURCE.DEFAULT }],
    configType: INT,
    documentation,
  });
  return [
    entry('consumer.assignment.interval.ms', ASSIGNMENT_INTERVAL_MS, 'How long a new assignment waits for further changes, ms.'),
    entry(
      'consumer.heartbeat.interval.ms',
      GROUP_HEARTBEAT_INTERVAL_MS,
      'How often members of the consumer protocol send a heartbeat, ms.',
    ),
    entry('consumer.session.timeout.ms', GROUP_SESSION_TIMEOUT_MS, 'How long a member of the consumer protocol may be silent, ms.'),
  ];
}
