import { MemoryGroupStore } from '../adapters/memory/group-store.ts';
import { MemoryInlineStore } from '../adapters/memory/inline-store.ts';
import { MemoryLeaseStore } from '../adapters/memory/lease-store.ts';
import { MemoryObjectStore } from '../adapters/memory/object-store.ts';
import { MemoryPageStore } from '../adapters/memory/page-store.ts';
import { MemoryProducerStore } from '../adapters/memory/producer-store.ts';
import { MemoryTopicStore } from '../adapters/memory/topic-store.ts';
import { MemoryWorkStore } from '../adapters/memory/work-store.ts';
import { Engine, type EngineDeps } from '../engine/engine.ts';
import type { EngineSettings } from '../engine/settings.ts';
import { SILENT } from '../ports/telemetry.ts';
import { SYSTEM_CLOCK } from './clock.ts';
import { systemRandom } from './random.ts';

export interface MemoryEngineOptions extends Partial<EngineDeps> {
  readonly settings?: Partial<EngineSettings> | undefined;
  /** Default 1. */
  readonly zoneCount?: number;
}

/** The ports of a deployment that lives in this process's memory and ends with it. */
export function memoryPorts(options: MemoryEngineOptions = {}): EngineDeps {
  const { zoneCount = 1, ...given } = options;
  const clock = given.clock ?? SYSTEM_CLOCK;
  return {
    clock,
    random: given.random ?? systemRandom(),
    telemetry: SILENT,
    leases: new MemoryLeaseStore(),
    pages: new MemoryPageStore(),
    producers: new MemoryProducerStore(),
    topics: new MemoryTopicStore(),
    groups: new MemoryGroupStore(),
    work: new MemoryWorkStore(),
    inline: new MemoryInlineStore(clock),
    zones: Array.from({ length: zoneCount }, (_, i) => ({ name: `zone-${i}`, objects: new MemoryObjectStore(clock) })),
    ...given,
  };
}

/** An engine over memory. Give it another engine's `deps` to have two processes of one deployment. */
export function createMemoryEngine(options: MemoryEngineOptions = {}): Engine {
  return new Engine(memoryPorts(options));
}
