import { StratalogError } from '../../core/errors.ts';
import { alterEach, type SettingsBefore, type SettingsChange } from '../alter-resources.ts';
import type { Gateway } from '../gateway.ts';
import type { KafkaHandler } from '../handler.ts';
import type { AlterableConfig } from '../messages/incremental-alter-configs.ts';

/** AlterConfigOp.OpType. */
const SET = 0;
const DELETE = 1;
const APPEND = 2;
const SUBTRACT = 3;

/** Changes single settings of a topic, of gateways or of a group: sets or resets them, adds to lists and takes from them (KIP-339). */
export function incrementalAlterConfigsHandler(gateway: Gateway): KafkaHandler<'IncrementalAlterConfigs'> {
  return async (_context, request) => ({
    responses: await alterEach(gateway, request, ({ configs }, before) => changeOf(before, configs)),
  });
}

function changeOf(before: SettingsBefore, operations: readonly AlterableConfig[]): SettingsChange {
  const set: Record<string, string> = {};
  const remove: string[] = [];
  const seen = new Set<string>();
  for (const { name, configOperation, value } of operations) {
    if (seen.has(name)) throw refused(name, 'there is more than one operation on it');
    seen.add(name);
    if (configOperation === DELETE) remove.push(name);
    else if (value === null) throw refused(name, 'null is not supported as its value');
    else if (configOperation === SET) set[name] = value;
    else set[name] = listAfter(before, name, configOperation, value);
  }
  return { set, remove };
}

function listAfter(before: SettingsBefore, name: string, operation: number, value: string): string {
  if (operation !== APPEND && operation !== SUBTRACT) throw refused(name, `operation ${operation} is unknown`);
  const there = itemsOf(before.listOf(name, operation === APPEND ? 'APPEND' : 'SUBTRACT'));
  const items = itemsOf(value);
  const after = operation === APPEND ? [...new Set([...there, ...items])] : there.filter((item) => !items.includes(item));
  return after.join(',');
}

function itemsOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function refused(name: string, why: string): StratalogError {
  return new StratalogError('INVALID_REQUEST', `config ${name} cannot be altered: ${why}`, { field: name });
}
