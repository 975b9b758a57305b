import { chmod, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../database/embedded/embedded-postgres.ts";
import { stopOrphan } from "../database/embedded/postmaster.ts";
import { takeExclusiveLock } from "../locks/exclusive-lock.ts";
import { silentLog } from "../log/log.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Of the maintenance database on this run's own PostgreSQL. */
    testServerUrl: string;
  }
}

const prefix = "llm-tuner-test-";
let directory: string | undefined;
let postgres: EmbeddedPostgres | undefined;

/** A test run that was killed leaves its database behind: nobody holds the lock on it. */
async function removeAbandoned(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(prefix));
  for (const place of names.map((name) => join(tmpdir(), name, "postgres"))) {
    // No lock file yet: a run that begins at this moment.
    const begun = await stat(join(place, "lock")).catch(() => undefined);
    const lock = begun === undefined ? undefined : takeExclusiveLock(join(place, "lock"));
    if (lock === undefined) continue;
    await stopOrphan(join(place, "data"), silentLog);
    await rm(join(place, ".."), { recursive: true, force: true });
    lock.release();
  }
}

export async function setup({ provide }: TestProject): Promise<void> {
  await removeAbandoned();
  directory = await mkdtemp(join(tmpdir(), prefix));
  await chmod(directory, 0o711);
  postgres = await startEmbeddedPostgres({
    dataDirectory: directory,
    unprivilegedUser: "nobody",
    log: silentLog,
    durable: false,
  });
  provide("testServerUrl", postgres.url());
}

export async function teardown(): Promise<void> {
  await postgres?.stop();
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
}
