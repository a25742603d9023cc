/**
 * Writes a merged file while its batches come by, in bounded memory: a small file is put at once, a large one in parts, of
 * which one is on its way while the next is filled. The index is made along the way and put after the file.
 */
import { StratalogError } from '../../core/errors.ts';
import { FLOOR_NONE, type LeaseId, nextLeaseId, type Offset, type PartitionKey } from '../../core/ids.ts';
import type { Entry } from '../../core/lease-record.ts';
import { logIndexKey, logKey } from '../../core/segment-key.ts';
import type { Topic } from '../../core/topic.ts';
import { configNumber } from '../../core/topic-config.ts';
import { stampBaseOffset } from '../../format/base-offset-check.ts';
import { patchBatch } from '../../format/record-batch.ts';
import { BATCH_HEADER_BYTES, baseOffsetAt, batchSizeAt, parseBatchHeader } from '../../format/record-batch-header.ts';
import { SegmentIndexBuilder } from '../../format/segment-index.ts';
import type { Zone } from '../../ports/object-store.ts';
import { ObjectUpload } from '../object-upload.ts';
import type { MaintenancePorts } from './maintenance-ports.ts';
import type { Run } from './run.ts';

/** What file it is. */
export interface FilePlace {
  readonly topic: Topic;
  readonly key: PartitionKey;
  readonly firstOffset: Offset;
  /** Offsets that the file stands for. */
  readonly span: number;
  /** Whether some of them have no record, where that must be said before all batches were seen. True is never wrong. */
  readonly mayHaveHoles: boolean;
}

/** Batches in order with their offsets, in buffers that are the writer's from then on; `gone`: an object of theirs is not there any more. */
export type FileBatches = () => AsyncIterable<Buffer | 'gone'> | Iterable<Buffer | 'gone'>;

const LEADER_EPOCH = 0;

/**
 * A writer that has taken all batches and is ready to complete; undefined when they are gone, or the run was stopped. A zone
 * that fails meanwhile is left out, and the batches are asked for once more.
 */
export async function fillFile(ports: MaintenancePorts, run: Run, place: FilePlace, batches: FileBatches): Promise<FileWriter | undefined> {
  const without = new Set<number>();
  for (;;) {
    const file = new FileWriter(ports, place, without);
    try {
      for await (const chunk of batches()) {
        if (chunk === 'gone' || run.stopped) {
          await file.abandon();
          return undefined;
        }
        await file.add(chunk);
        await run.pause();
      }
      return file;
    } catch (error) {
      await file.abandon();
      if (file.failedZone === undefined || ports.zones.length - without.size <= file.copies) throw error;
      without.add(file.failedZone);
      run.count('zonesPassedOver');
    }
  }
}

export class FileWriter {
  readonly lease: LeaseId;
  /** Zones that must have the file before anything names it. */
  readonly copies: number;
  readonly #ports: MaintenancePorts;
  readonly #place: FilePlace;
  readonly #zones: readonly number[];
  readonly #index: SegmentIndexBuilder;
  #uploads: readonly { readonly zone: number; readonly upload: ObjectUpload }[] = [];
  #held: Buffer[] = [];
  #heldBytes = 0;
  #bytes = 0;
  #records = 0;
  #next: Offset;
  #maxTimestamp = -1;
  #failedZone: number | undefined;

  constructor(ports: MaintenancePorts, place: FilePlace, without: ReadonlySet<number>) {
    const { configs } = place.topic;
    this.#ports = ports;
    this.#place = place;
    this.lease = nextLeaseId(ports.clock.now(), FLOOR_NONE, ports.random.bytes(6));
    this.copies = Math.max(1, Math.min(configNumber(configs, 'min.insync.replicas'), ports.zones.length));
    this.#zones = ports.storage.preference.filter((zone) => !without.has(zone)).slice(0, this.copies);
    this.#index = new SegmentIndexBuilder(place.firstOffset, configNumber(configs, 'index.interval.bytes'));
    this.#next = place.firstOffset;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The zone that an upload failed in. */
  get failedZone(): number | undefined {
    return this.#failedZone;
  }

  /** Takes whole batches. */
  async add(chunk: Buffer): Promise<void> {
    for (let at = 0; at + BATCH_HEADER_BYTES <= chunk.length; ) {
      const header = parseBatchHeader(chunk, at);
      if (header.baseOffset < this.#next) throw this.#corrupt(`offset ${header.baseOffset} comes after ${this.#next - 1}`);
      this.#next = header.lastOffset + 1;
      this.#index.add(header.lastOffset, header.maxTimestamp, header.sizeBytes);
      this.#records += header.recordsCount;
      this.#maxTimestamp = Math.max(this.#maxTimestamp, header.maxTimestamp);
      at += header.sizeBytes;
    }
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    this.#bytes += chunk.length;
    const { uploadPartBytes } = this.#ports.settings;
    // What fits two parts is cheaper at once, and a little more costs little.
    if (this.#heldBytes >= (this.#uploads.length > 0 ? uploadPartBytes : 2 * uploadPartBytes)) await this.#sendHeld();
  }

  /** Makes file and index durable, and answers what stands in the index for them: none when there was no batch. Cost: 2 PUTs, or 3 and 1 a part. */
  async complete(): Promise<Entry> {
    const { key, firstOffset, span } = this.#place;
    const empty: Entry = { lease: this.lease, kind: 'gone', position: 0, length: 0, span, records: 0, maxTimestamp: -1, zones: 0 };
    if (this.#bytes === 0) return empty;
    const zones = this.#uploads.length > 0 ? await this.#finishUploads() : await this.#put();
    await this.#ports.storage.putObject(logIndexKey(key, firstOffset, this.lease), [this.#index.build()], this.copies);
    return { ...empty, kind: 'log', length: this.#bytes, records: this.#records, maxTimestamp: this.#maxTimestamp, zones };
  }

  /** Gives up what was sent. */
  async abandon(): Promise<void> {
    this.#held = [];
    await Promise.all(this.#uploads.map(({ upload }) => upload.abandon()));
  }

  get #name(): string {
    return logKey(this.#place.key, this.#place.firstOffset, this.lease);
  }

  async #put(): Promise<number> {
    const chunks = this.#held;
    for (const chunk of chunks) markEpochs(chunk, this.#records < this.#place.span);
    return this.#ports.storage.putObject(this.#name, chunks, this.copies);
  }

  async #sendHeld(): Promise<void> {
    const chunks = this.#held;
    for (const chunk of chunks) markEpochs(chunk, this.#place.mayHaveHoles);
    this.#held = [];
    this.#heldBytes = 0;
    if (this.#uploads.length === 0) {
      this.#uploads = this.#zones.map((zone) => ({
        zone,
        upload: new ObjectUpload((this.#ports.zones[zone] as Zone).objects, this.#name),
      }));
    }
    await this.#inEachZone((upload) => upload.add(chunks));
  }

  async #finishUploads(): Promise<number> {
    if (this.#heldBytes > 0) await this.#sendHeld();
    if (!this.#place.mayHaveHoles && this.#records < this.#place.span) {
      throw this.#corrupt(`${this.#records} records stand for ${this.#place.span} offsets that the index calls full`);
    }
    await this.#inEachZone((upload) => upload.finish('free key'));
    return this.#zones.reduce((bits, zone) => bits | (1 << zone), 0);
  }

  async #inEachZone(step: (upload: ObjectUpload) => Promise<unknown>): Promise<void> {
    const ends = await Promise.allSettled(this.#uploads.map(({ upload }) => step(upload)));
    for (const [i, end] of ends.entries()) {
      if (end.status === 'fulfilled') continue;
      this.#failedZone = this.#zones[i];
      const { name } = this.#ports.zones[this.#zones[i] as number] as Zone;
      this.#ports.telemetry.count('zone_put_errors_total', 1, { zone: name });
      throw end.reason;
    }
  }

  #corrupt(why: string): StratalogError {
    return new StratalogError('CORRUPT_OBJECT', `cannot write ${this.#name}: ${why}`, { field: this.#name });
  }
}

/** A file with holes holds a check of each base offset in place of the leader epoch, which is 0 everywhere else. */
function markEpochs(chunk: Buffer, hasHoles: boolean): void {
  for (let at = 0; at + BATCH_HEADER_BYTES <= chunk.length; at += batchSizeAt(chunk, at)) {
    if (hasHoles) stampBaseOffset(chunk, at);
    else patchBatch(chunk, at, baseOffsetAt(chunk, at), LEADER_EPOCH);
  }
}
