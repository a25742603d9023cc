import { StratalogError } from '../core/errors.ts';

/** What is known of an object without reading it. */
export interface ObjectInfo {
  readonly key: string;
  readonly size: number;
  /** When it was put, ms since the epoch, by the store's clock. */
  readonly putAtMs: number;
}

/**
 * An object on its way to a store in parts. Nothing of it is visible until it is finished. One that nobody finishes goes by itself:
 * from a bucket after a day, from a folder at the next start.
 */
export interface Upload {
  readonly key: string;
  /** The store's own name of it. */
  readonly id: string;
}

/** An upload that was finished, given up, or taken away by the store. */
export function noSuchUpload({ key, id }: Upload): StratalogError {
  return new StratalogError('NOT_FOUND', `there is no upload ${id} of ${key} any more`, { field: 'upload', value: id });
}

/** The objects of one zone: the bytes of a key never change, but where a damaged copy is mended. A bucket, or a folder. */
export interface ObjectStore {
  /**
   * Puts an object if the key is free. Durable when it resolves. `exists` is success for a writer whose own lease id is
   * in the key. May be repeated. Throws STORAGE_ERROR, STORAGE_FULL, STORAGE_READ_ONLY, OUTCOME_UNKNOWN. Cost: 1 PUT.
   */
  put(key: string, chunks: readonly Uint8Array[]): Promise<'created' | 'exists'>;

  /**
   * Puts the bytes of an object in the place of whatever its key holds, in one step: there is no moment at which a reader
   * finds none. For mending copies alone, with the bytes that the key stands for, so that it may be repeated and come late.
   * Errors and cost as `put`.
   */
  replace(key: string, chunks: readonly Uint8Array[]): Promise<void>;

  /** Begins an object that is too large to be put at once. Repeated, it begins another one. Errors as `put`. Cost: 1 PUT. */
  beginUpload(key: string): Promise<Upload>;

  /**
   * Puts the next part, numbered from 1 without gaps, and answers what the store calls it. A part may be repeated, which puts it anew, until the
   * next is put. All but the last have at least 5 MiB (S3's limit). NOT_FOUND when there is no such upload any more; else errors as
   * `put`. Cost: 1 PUT.
   */
  uploadPart(upload: Upload, number: number, chunks: readonly Uint8Array[]): Promise<string>;

  /**
   * Makes the object of all parts, named in order, in one step: if the key is free, or in the place of what it holds (`replace`, on
   * the terms of that method). Durable when it resolves. May be repeated: an upload that is not there any more is `exists` when the
   * key is taken, which is success for a writer whose own lease id is in it, and NOT_FOUND when it is free. Else errors as `put`. Cost: 1 PUT,
   * and 1 HEAD for an upload that is not there.
   */
  finishUpload(upload: Upload, parts: readonly string[], onto: 'free key' | 'any key'): Promise<'created' | 'exists'>;

  /** Gives up an upload and frees the room that its parts take. One that is not there any more is fine. Cost: 1 request, which S3 gives free. */
  abandonUpload(upload: Upload): Promise<void>;

  /**
   * Bytes `[position, position + length)`; shorter when the object ends before. Undefined when there is no such object.
   * The buffer belongs to the caller. `allocate` gives memory to read into, where the store can. Cost: 1 GET.
   */
  get(key: string, position: number, length: number, allocate?: (bytes: number) => Buffer): Promise<Buffer | undefined>;

  /** Size and age, undefined when there is no such object. Cost: 1 HEAD. */
  head(key: string): Promise<ObjectInfo | undefined>;

  /** Deletes objects; absent ones are fine. At most 1,000 keys. Cost: 1 request. */
  delete(keys: readonly string[]): Promise<void>;

  /** Keys that begin with `prefix`, in order, after `after`, at most `limit` (1,000). Never used to answer a read. Cost: 1 LIST. */
  list(prefix: string, after: string | undefined, limit: number): Promise<readonly ObjectInfo[]>;
}

/** One zone of the deployment. */
export interface Zone {
  readonly name: string;
  readonly objects: ObjectStore;
}
