import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "../server/src/platform/database/embedded/embedded-postgres.ts";
import { migrate } from "../server/src/platform/database/migrations.ts";
import { createPgDatabase } from "../server/src/platform/database/pg-database.ts";
import { silentLog } from "../server/src/platform/log/log.ts";

/** A fresh PostgreSQL of the server's own kind with all migrations; not durable, since nothing of it is kept. */
export async function startBenchDatabase() {
  const directory = await mkdtemp(join(tmpdir(), "llm-tuner-bench-"));
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
      await rm(directory, { recursive: true, force: true });
    },
  };
}
