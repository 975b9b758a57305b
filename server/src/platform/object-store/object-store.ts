import type { Readable } from "node:stream";

/** First and last byte of a range, both included, as in HTTP. */
export interface ByteRange {
  start: number;
  end: number;
}

export interface ObjectInfo {
  key: string;
  bytes: number;
  modifiedAt: Date;
}

/**
 * Bytes by key. An object is there whole or not at all: nothing of a write that failed or was cut short is ever seen
 * under its key. Keys are made by the platform (see `object-key.ts`); a driver refuses any other.
 */
export interface ObjectStore {
  /** Stores an object, in place of the one that the key held. When `source` fails, nothing is kept and this rejects. */
  put(key: string, source: Readable | Uint8Array): Promise<{ bytes: number }>;
  /** Opens an object, or a part of it; `bytes` is what the stream will give. Rejects with `object_not_found`. */
  get(key: string, range?: ByteRange): Promise<{ stream: Readable; bytes: number }>;
  /** Removes an object; does nothing where there is none. */
  delete(key: string): Promise<void>;
  exists(key: string): Promise<boolean>;
  /** Every object whose key begins with `prefix`, in no particular order. */
  list(prefix: string): AsyncIterable<ObjectInfo>;
  /** Removes what writes left behind that were cut off by a crash before `olderThan`; returns how many. */
  collectLeftovers(olderThan: Date): Promise<number>;
}
