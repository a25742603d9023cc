/** What is known of an object without reading it. */
export interface ObjectInfo {
  readonly key: string;
  readonly size: number;
  /** When it was put, ms since the epoch, by the store's clock. */
  readonly putAtMs: number;
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

  /**
   * Bytes `[position, position + length)`; shorter when the object ends before. Undefined when there is no such object.
   * The buffer belongs to the caller. Cost: 1 GET.
   */
  get(key: string, position: number, length: number): Promise<Buffer | undefined>;

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
