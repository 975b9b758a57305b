import type { Readable } from "node:stream";
import type { AuditTrail } from "../accounts/accounts.module.ts";
import type { SettingsOf } from "../platform/config/setting.ts";
import type { Database } from "../platform/database/database.ts";
import type { Log } from "../platform/log/log.ts";
import type { DomainModule } from "../platform/module.ts";
import { safeFilename } from "../platform/object-store/object-key.ts";
import type { ObjectStore } from "../platform/object-store/object-store.ts";
import { allRows, jsonLines } from "../platform/personal-data/personal-data.ts";
import type { Clock } from "../platform/time/clock.ts";
import { toStoredFile } from "./file-view.ts";
import type { FileInspection, FileInspector } from "./file-inspector.ts";
import type { filesSettings } from "./files.config.ts";
import { createFilesRoutes } from "./files.routes.ts";
import { createFilesStore, type FileRecord } from "./files.store.ts";
import { createFilesUsecases, type GeneratedFile } from "./files.usecases.ts";
import { sweepOrphans } from "./orphan-objects.ts";

export type { FileInspection, FileInspector, FileRecord };

export interface FilesDependencies {
  database: Database;
  objectStore: ObjectStore;
  inspect: FileInspector;
  audit: AuditTrail;
  clock: Clock;
  log: Log;
  config: SettingsOf<typeof filesSettings>;
}

export interface FilesModule extends DomainModule {
  /** A person's file; throws the same 404 for a file that is somebody else's and for one that is not there. */
  getOwned(userId: string, fileId: string): Promise<FileRecord>;
  /** A person's file by id, or the newest with that name. */
  findByNameOrId(userId: string, nameOrId: string): Promise<FileRecord | undefined>;
  /** Stores what the platform wrote for a person, as if they had uploaded it: checked, and within their quota. */
  storeGenerated(userId: string, file: GeneratedFile): Promise<FileRecord>;
  /** Deletes a person's file; throws a 404 when there is none. */
  remove(userId: string, fileId: string): Promise<void>;
  /** The bytes of a file; whoever calls has made sure that they may be read. */
  open(fileId: string): Promise<Readable>;
}

/** Uploads of training files: checked while they arrive, kept in the object store, given back to their owner. */
export function createFilesModule({
  database,
  objectStore,
  inspect,
  audit,
  clock,
  log,
  config,
}: FilesDependencies): FilesModule {
  const store = createFilesStore(database);
  const usecases = createFilesUsecases({ database, store, objectStore, inspect, audit, config, clock, log });
  let sweep: Promise<void> = Promise.resolve();

  return {
    routes: createFilesRoutes(usecases),
    workers: [],
    personalData: {
      async *files(userId) {
        const all = () => allRows((page) => usecases.list(userId, page));
        yield jsonLines("files.jsonl", async function* () {
          for await (const file of all()) yield toStoredFile(file);
        });
        for await (const { id, originalName } of all()) {
          yield { name: `contents/${id}-${safeFilename(originalName)}`, open: () => usecases.open(id) };
        }
      },
      erase: usecases.deleteAll,
    },
    // The sweep may walk many files; the server answers meanwhile.
    async start() {
      sweep = sweepOrphans(clock.now(), { objectStore, store }).then(
        (removed) => log.info({ removed }, "objects without a file were collected"),
        (error: unknown) => log.error({ error }, "objects without a file could not be collected"),
      );
    },
    stop: () => sweep,
    getOwned: usecases.getOwned,
    findByNameOrId: usecases.findByNameOrId,
    storeGenerated: usecases.storeGenerated,
    remove: usecases.delete,
    open: usecases.open,
  };
}
