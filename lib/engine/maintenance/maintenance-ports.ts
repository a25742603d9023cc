import type { PartitionKey } from '../../core/ids.ts';
import type { IndexPage } from '../../core/index-page.ts';
import type { Topic } from '../../core/topic.ts';
import type { Clock } from '../../ports/clock.ts';
import type { InlineStore } from '../../ports/inline-store.ts';
import type { LeaseStore } from '../../ports/lease-store.ts';
import type { Zone } from '../../ports/object-store.ts';
import type { PageStore } from '../../ports/page-store.ts';
import type { Random } from '../../ports/random.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import type { TopicStore } from '../../ports/topic-store.ts';
import type { WorkStore } from '../../ports/work-store.ts';
import type { SegmentStorage } from '../segment-storage.ts';
import { partitionsOf, type TopicCatalog } from '../topics.ts';
import type { Coverage } from './coverage.ts';
import type { RetiredObjects } from './retired-objects.ts';
import type { Run } from './run.ts';
import type { MaintenanceSettings } from './settings.ts';
import type { StoreTime } from './store-time.ts';

/** What the jobs work with. The stores count their requests. */
export interface MaintenancePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
  readonly leases: LeaseStore;
  readonly pages: PageStore;
  readonly inline: InlineStore | undefined;
  readonly zones: readonly Zone[];
  readonly topics: TopicCatalog;
  readonly topicStore: TopicStore;
  /** Without it every run looks at every partition. */
  readonly work: WorkStore | undefined;
  readonly storage: SegmentStorage;
  readonly settings: MaintenanceSettings;
  readonly storeTime: StoreTime;
  readonly coverage: Coverage;
  readonly retired: RetiredObjects;
}

const PAGES_AT_ONCE = 100;

/** Every index page from an offset on, ascending, stubs included. Cost: 1 query a hundred. */
export async function* pagesFrom(pages: PageStore, key: PartitionKey, from: number): AsyncGenerator<IndexPage> {
  for (let at = from; ; ) {
    const found = await pages.range(key, at, PAGES_AT_ONCE);
    yield* found;
    const last = found.at(-1);
    if (last === undefined || found.length < PAGES_AT_ONCE) return;
    at = last.firstOffset + 1;
  }
}

/** The topics that a run is about. UNKNOWN_TOPIC_OR_PARTITION when it names one that is not there. */
export async function topicsOf(ports: MaintenancePorts, run: Run): Promise<readonly Topic[]> {
  return run.topic === undefined ? ports.topics.list() : [await ports.topics.get(run.topic)];
}

/** Partitions of topics in groups of at most `size`, for calls that take many. */
export function* partitionGroups(
  topics: readonly Topic[],
  size: number,
): Generator<readonly { readonly topic: Topic; readonly key: PartitionKey }[]> {
  let group: { topic: Topic; key: PartitionKey }[] = [];
  for (const topic of topics) {
    for (const key of partitionsOf(topic)) {
      group.push({ topic, key });
      if (group.length < size) continue;
      yield group;
      group = [];
    }
  }
  if (group.length > 0) yield group;
}
