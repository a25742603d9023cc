import { StratalogError } from '../core/errors.ts';
import { topicIdFrom } from '../core/ids.ts';
import { KEPT_SETTINGS_BYTES_MAX } from '../core/limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { TopicStore } from '../ports/topic-store.ts';

/** Settings by name, as text. */
export type Settings = Readonly<Record<string, string>>;

/** Whose settings: those of all gateways, of one by its number, of a consumer group. */
export type SettingsOwner = 'gateways' | `gateway/${number}` | `group/${string}`;

/** Rows of settings stand among the topics under names that no topic can have, so that the version of the catalogue tells of their changes. */
const PREFIX = '~settings/';
const CHANGE_TRIES = 20;
const LIST_PAGE = 1_000;
const NONE: Settings = Object.freeze({});

interface SettingsPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly topics: TopicStore;
}

/** Settings that were given to a deployment while it ran, by whom they are for. Each owner's are one row, replaced on the version that was read. */
export class KeptSettings {
  readonly #ports: SettingsPorts;
  #known = new Map<SettingsOwner, Promise<Settings>>();

  constructor(ports: SettingsPorts) {
    this.#ports = ports;
  }

  /** What an owner was given, from the copy of this process where there is one. Cost: 1 read the first time. */
  of(owner: SettingsOwner): Promise<Settings> {
    let settings = this.#known.get(owner);
    if (settings === undefined) {
      settings = this.#ports.topics.get(PREFIX + owner).then((row) => row?.configs ?? NONE);
      this.#known.set(owner, settings);
      settings.catch(() => this.#known.delete(owner));
    }
    return settings;
  }

  /** Replaces what an owner was given by what `change` makes of it. Cost: 1 read and 2 writes, 3 for the first setting of an owner. */
  async change(owner: SettingsOwner, change: (current: Settings) => Settings): Promise<void> {
    const { topics, clock, random } = this.#ports;
    const name = PREFIX + owner;
    for (let tries = 0; tries < CHANGE_TRIES; tries++) {
      const row = await topics.get(name);
      const configs = change(row?.configs ?? NONE);
      checkSize(owner, configs);
      const next = { name, partitions: 0, configs, createdAtMs: row?.createdAtMs ?? clock.now() };
      const isDone =
        row === undefined
          ? (await topics.create({ ...next, id: topicIdFrom(random.bytes(16)), version: 0 })) === 'created'
          : (await topics.update({ ...next, id: row.id, version: row.version + 1 }, row.version)) === 'updated';
      if (isDone) return;
      await clock.sleep(random.fraction() * 2 ** Math.min(tries, 8));
    }
    throw new StratalogError(
      'REQUEST_TIMED_OUT',
      `settings of ${owner} are being changed by others, ${CHANGE_TRIES} tries met another version`,
    );
  }

  /** The groups that have settings, in order of name. Cost: 1 query a thousand. */
  async groups(): Promise<readonly string[]> {
    const prefix = `${PREFIX}group/`;
    const found: string[] = [];
    for (let after = prefix; ; ) {
      const page = await this.#ports.topics.list(after, LIST_PAGE);
      for (const { name, configs } of page) {
        if (!name.startsWith(prefix)) return found;
        if (Object.keys(configs).length > 0) found.push(name.slice(prefix.length));
      }
      if (page.length < LIST_PAGE) return found;
      after = page.at(-1)?.name ?? after;
    }
  }

  /** Forgets the copy, after the catalogue has moved. */
  forget(): void {
    this.#known = new Map();
  }
}

/** Whether a stored topic is none but settings. */
export function isSettingsRow({ name }: { readonly name: string }): boolean {
  return name.startsWith(PREFIX);
}

function checkSize(owner: string, settings: Settings): void {
  const bytes = JSON.stringify(settings).length;
  if (bytes <= KEPT_SETTINGS_BYTES_MAX) return;
  throw new StratalogError(
    'INVALID_REQUEST',
    `settings of ${owner} would take ${bytes} bytes, at most ${KEPT_SETTINGS_BYTES_MAX} are kept`,
    {
      value: bytes,
      limit: KEPT_SETTINGS_BYTES_MAX,
    },
  );
}
