import type { InlineStore } from '../../ports/inline-store.ts';
import type { LeaseStore } from '../../ports/lease-store.ts';
import type { ObjectStore, Zone } from '../../ports/object-store.ts';
import type { PageStore } from '../../ports/page-store.ts';

/** Requests by kind: what a run costs at a store's prices. */
export interface RequestCounts {
  readonly puts: number;
  readonly gets: number;
  readonly heads: number;
  readonly lists: number;
  readonly deletes: number;
  readonly leaseReads: number;
  readonly leaseWrites: number;
  readonly pageReads: number;
  readonly pageWrites: number;
  readonly inlineReads: number;
  readonly inlineDeletes: number;
  /** Bytes that went to and came from the object stores. */
  readonly bytesPut: number;
  readonly bytesGot: number;
}

type Counts = { -readonly [Name in keyof RequestCounts]: number };

const NONE: RequestCounts = {
  puts: 0,
  gets: 0,
  heads: 0,
  lists: 0,
  deletes: 0,
  leaseReads: 0,
  leaseWrites: 0,
  pageReads: 0,
  pageWrites: 0,
  inlineReads: 0,
  inlineDeletes: 0,
  bytesPut: 0,
  bytesGot: 0,
};

/** Counts the requests of whoever uses the ports that it wraps. */
export class RequestMeter {
  readonly #counts: Counts = { ...NONE };

  /** What was counted so far, less what had been counted then. */
  since(before: RequestCounts): RequestCounts {
    const counts = { ...this.#counts };
    for (const name of Object.keys(NONE) as (keyof RequestCounts)[]) counts[name] -= before[name];
    return counts;
  }

  get counts(): RequestCounts {
    return { ...this.#counts };
  }

  zone({ name, objects }: Zone): Zone {
    return { name, objects: this.#objects(objects) };
  }

  #objects(store: ObjectStore): ObjectStore {
    const counts = this.#counts;
    return {
      put(key, chunks) {
        counts.puts++;
        for (const chunk of chunks) counts.bytesPut += chunk.byteLength;
        return store.put(key, chunks);
      },
      replace(key, chunks) {
        counts.puts++;
        for (const chunk of chunks) counts.bytesPut += chunk.byteLength;
        return store.replace(key, chunks);
      },
      // S3 charges the beginning, each part and the end as a PUT each, and giving up as nothing.
      beginUpload(key) {
        counts.puts++;
        return store.beginUpload(key);
      },
      uploadPart(upload, number, chunks) {
        counts.puts++;
        for (const chunk of chunks) counts.bytesPut += chunk.byteLength;
        return store.uploadPart(upload, number, chunks);
      },
      finishUpload(upload, parts, onto) {
        counts.puts++;
        return store.finishUpload(upload, parts, onto);
      },
      abandonUpload(upload) {
        counts.deletes++;
        return store.abandonUpload(upload);
      },
      async get(key, position, length) {
        counts.gets++;
        const bytes = await store.get(key, position, length);
        counts.bytesGot += bytes?.length ?? 0;
        return bytes;
      },
      head(key) {
        counts.heads++;
        return store.head(key);
      },
      delete(keys) {
        counts.deletes++;
        return store.delete(keys);
      },
      list(prefix, after, limit) {
        counts.lists++;
        return store.list(prefix, after, limit);
      },
    };
  }

  leases(store: LeaseStore): LeaseStore {
    const counts = this.#counts;
    return {
      capacity: store.capacity,
      create: (keys, record) => store.create(keys, record),
      read(keys) {
        counts.leaseReads += keys.length;
        return store.read(keys);
      },
      write(writes) {
        counts.leaseWrites += writes.length;
        return store.write(writes);
      },
      remove(keys) {
        counts.leaseWrites += keys.length;
        return store.remove(keys);
      },
    };
  }

  pages(store: PageStore): PageStore {
    const counts = this.#counts;
    return {
      put(key, page) {
        counts.pageWrites++;
        return store.put(key, page);
      },
      at(key, offset) {
        counts.pageReads++;
        return store.at(key, offset);
      },
      range(key, from, limit) {
        counts.pageReads++;
        return store.range(key, from, limit);
      },
      replace(key, expected, put) {
        // A transaction costs two writes an item.
        counts.pageWrites += 2 * new Set([...expected, ...put].map(({ firstOffset }) => firstOffset)).size;
        return store.replace(key, expected, put);
      },
      remove(key, page) {
        counts.pageWrites++;
        return store.remove(key, page);
      },
      async clear(key, limit) {
        const gone = await store.clear(key, limit);
        counts.pageReads++;
        counts.pageWrites += gone;
        return gone;
      },
    };
  }

  inline(store: InlineStore): InlineStore {
    const counts = this.#counts;
    return {
      maxBytes: store.maxBytes,
      put: (lease, chunks) => store.put(lease, chunks),
      get(lease, position, length, allocate) {
        counts.inlineReads++;
        return store.get(lease, position, length, allocate);
      },
      delete(leases) {
        counts.inlineDeletes += leases.length;
        return store.delete(leases);
      },
      list(after, beforeMs, limit) {
        counts.lists++;
        return store.list(after, beforeMs, limit);
      },
    };
  }
}
