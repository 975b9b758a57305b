import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "../server/src/platform/database/embedded/embedded-postgres.ts";
import { migrate } from "../server/src/platform/database/migrations.ts";
import { createPgDatabase } from "../server/src/platform/database/pg-database.ts";
import { silentLog } from "../server/src/platform/log/log.ts";

/**
 * A PostgreSQL of the server's own kind with all migrations; never durable. It is fresh and forgotten, or kept in the
 * `folder` that is named, where a later run finds it as it was left.
 */
export async function startBenchDatabase(folder?: string) {
  if (folder !== undefined) await mkdir(folder, { recursive: true });
  const directory = folder ?? (await mkdtemp(join(tmpdir(), "llm-tuner-bench-")));
  await chmod(directory, 0o711);
  const postgres = await startEmbeddedPostgres({
    dataDirectory: directory,
    unprivilegedUser: "nobody",
    log: silentLog,
    durable: false,
  });
  const database = createPgDatabase({ url: postgres.url(), log: silentLog });
  await migrate({ database, directory: join(import.meta.dirname, "../server/migrations"), log: silentLog });
  return {
    database,
    async stop(): Promise<void> {
      await database.close();
      await postgres.stop();
      if (folder === undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}
