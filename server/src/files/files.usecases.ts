import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import type { PageQuery } from "@llm-tuner/contract/paging.ts";
import type { AuditTrail } from "../accounts/accounts.module.ts";
import type { SettingsOf } from "../platform/config/setting.ts";
import type { Database } from "../platform/database/database.ts";
import { shownName, type UploadedPart } from "../platform/http/uploads/uploaded-part.ts";
import { withRestUnread } from "../platform/http/uploads/uploads.errors.ts";
import { newId } from "../platform/ids.ts";
import type { Log } from "../platform/log/log.ts";
import { safeFilename } from "../platform/object-store/object-key.ts";
import type { ByteRange, ObjectStore } from "../platform/object-store/object-store.ts";
import { pageOf, parseCursor } from "../platform/paging/cursor.ts";
import { allRows } from "../platform/personal-data/personal-data.ts";
import type { Clock } from "../platform/time/clock.ts";
import { typeByName } from "./content-check.ts";
import type { FileInspector } from "./file-inspector.ts";
import type { filesSettings } from "./files.config.ts";
import { fileNotFound, fileTooLarge, noFiles, storageQuotaExceeded, tooManyFiles } from "./files.errors.ts";
import type { FileRecord, FilesStore } from "./files.store.ts";
import { deleteUnreferenced } from "./orphan-objects.ts";
import { receiveFile } from "./receive-file.ts";

export interface FilesUsecasesDependencies {
  database: Pick<Database, "transaction">;
  store: FilesStore;
  objectStore: ObjectStore;
  inspect: FileInspector;
  audit: AuditTrail;
  config: SettingsOf<typeof filesSettings>;
  clock: Clock;
  log: Log;
}

export interface GeneratedFile {
  /** Its ending says what it is. */
  name: string;
  bytes: AsyncIterable<Uint8Array>;
}

export function createFilesUsecases(dependencies: FilesUsecasesDependencies) {
  const { database, store, objectStore, inspect, audit, config, clock, log } = dependencies;

  const limitOf = (name: string, freeBytes: number) =>
    freeBytes < config.maxUploadBytes
      ? { bytes: freeBytes, error: storageQuotaExceeded(config.storageBytesPerUser) }
      : { bytes: config.maxUploadBytes, error: fileTooLarge(name, config.maxUploadBytes) };

  const receive = async (userId: string, part: UploadedPart, freeBytes: number): Promise<FileRecord> => {
    const originalName = shownName(part.name);
    const type = typeByName(originalName);
    const objectKey = `users/${userId}/uploads/${randomUUID()}_${safeFilename(originalName)}`;
    const { bytes, sha256, inspection } = await receiveFile({
      name: originalName,
      type,
      key: objectKey,
      source: part.bytes(),
      limit: limitOf(originalName, freeBytes),
      inspect,
      objectStore,
    });
    return {
      ...inspection,
      columns: inspection.columns ?? null,
      id: newId("file"),
      userId,
      originalName,
      type,
      bytes,
      sha256,
      objectKey,
      createdAt: clock.now(),
    };
  };

  /** Receives all parts. After a refusal it reads on and drops: most clients hear an answer only when they have sent all. */
  const receiveAll = async (
    userId: string,
    parts: AsyncIterable<UploadedPart>,
    received: FileRecord[],
  ): Promise<void> => {
    let freeBytes = config.storageBytesPerUser - (await store.usedBytes(userId));
    let refusal: unknown;
    let droppable = config.maxUploadBytes;
    for await (const part of parts) {
      try {
        if (refusal === undefined) {
          if (received.length >= config.maxUploadFiles) throw tooManyFiles(config.maxUploadFiles);
          const file = await receive(userId, part, freeBytes);
          freeBytes -= file.bytes;
          received.push(file);
        }
      } catch (error) {
        refusal = error;
      }
      droppable -= await part.drop(droppable);
      if (droppable <= 0) throw withRestUnread(refusal);
    }
    if (refusal !== undefined) throw refusal;
    if (received.length === 0) throw noFiles();
  };

  const getOwned = async (userId: string, fileId: string): Promise<FileRecord> => {
    const file = await store.find(fileId);
    if (!file || file.userId !== userId) throw fileNotFound(fileId);
    return file;
  };

  const list = async (userId: string, { limit, cursor }: PageQuery) => {
    const found = await store.list(userId, { limit: limit + 1, after: parseCursor(cursor) });
    return pageOf(found, { limit, position: (file) => file });
  };

  /** Row first: should the process end in between, an object without a row is left, which the sweep collects. */
  const remove = async (userId: string, fileId: string): Promise<boolean> => {
    const key = await database.transaction(async (transaction) => {
      const deleted = await store.delete(transaction, userId, fileId);
      if (deleted !== undefined)
        await audit.record(transaction, { action: "file.deleted", target: { kind: "file", id: fileId } });
      return deleted;
    });
    if (key === undefined) return false;
    await objectStore.delete(key);
    return true;
  };

  /** Stores the files of one upload: all of them, or none when one of them is refused. */
  const upload = async (userId: string, parts: AsyncIterable<UploadedPart>): Promise<FileRecord[]> => {
    const received: FileRecord[] = [];
    try {
      await receiveAll(userId, parts, received);
      const fits = await store.insertWithinQuota(userId, received, config.storageBytesPerUser);
      if (!fits) throw storageQuotaExceeded(config.storageBytesPerUser);
      return received;
    } catch (error) {
      const keys = received.map(({ objectKey }) => objectKey);
      // A commit whose answer was lost may have written the rows after all: only the database can tell.
      await deleteUnreferenced(keys, { objectStore, store }).catch((cleanupError: unknown) =>
        log.warn({ error: cleanupError, keys }, "objects of a failed upload stay until the next sweep"),
      );
      throw error;
    }
  };

  return {
    upload,

    /** Stores what the platform wrote for a person, as if they had uploaded it. */
    async storeGenerated(userId: string, { name, bytes }: GeneratedFile): Promise<FileRecord> {
      const [stored] = await upload(userId, Readable.from([{ name, bytes: () => bytes, drop: async () => 0 }]));
      if (stored === undefined) throw noFiles();
      return stored;
    },

    list,

    getOwned,

    findByNameOrId: (userId: string, nameOrId: string) => store.findByNameOrId(userId, nameOrId),

    async delete(userId: string, fileId: string): Promise<void> {
      if (!(await remove(userId, fileId))) throw fileNotFound(fileId);
    },

    async deleteAll(userId: string): Promise<void> {
      for await (const { id } of allRows((page) => list(userId, page))) await remove(userId, id);
    },

    openRange: (file: FileRecord, range?: ByteRange) => objectStore.get(file.objectKey, range),

    async open(fileId: string): Promise<Readable> {
      const file = await store.find(fileId);
      if (!file) throw fileNotFound(fileId);
      return (await objectStore.get(file.objectKey)).stream;
    },
  };
}

export type FilesUsecases = ReturnType<typeof createFilesUsecases>;
