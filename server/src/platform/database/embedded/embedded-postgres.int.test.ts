import { fork, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { silentLog } from "../../log/log.ts";
import { createPgDatabase } from "../pg-database.ts";
import { type EmbeddedPostgres, type EmbeddedPostgresOptions, startEmbeddedPostgres } from "./embedded-postgres.ts";
import { mayRead, resolveDatabaseUser } from "./database-user.ts";

const user = await resolveDatabaseUser("nobody");
const asUser = user.switched ? { uid: user.uid, gid: user.gid } : {};
let directory = "";
const running: EmbeddedPostgres[] = [];
const children: ChildProcess[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "llm-tuner-embedded-"));
  await chmod(directory, 0o711);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const postgres of running.splice(0)) await postgres.stop();
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({
    dataDirectory: directory,
    unprivilegedUser: "nobody",
    log: silentLog,
    durable: false,
    ...options,
  });
  running.push(postgres);
  return postgres;
}

async function query(postgres: EmbeddedPostgres, text: string): Promise<string[]> {
  const database = createPgDatabase({ url: postgres.url(), log: silentLog, poolSize: 1 });
  try {
    return (await database.rows(z.record(z.string(), z.coerce.string()), text)).flatMap((row) => Object.values(row));
  } finally {
    await database.close();
  }
}

const stateOf = async (pid: number | undefined): Promise<string | undefined> =>
  (await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined))?.split(") ")[1]?.[0];

describe("a new embedded database", () => {
  it("keeps its data private and durable, and listens on no network", async () => {
    const postgres = await start({ durable: true });
    const settings = [
      "listen_addresses",
      "fsync",
      "synchronous_commit",
      "full_page_writes",
      "data_checksums",
      "server_encoding",
      "TimeZone",
    ];
    expect(
      await query(postgres, `SELECT ${settings.map((name, n) => `current_setting('${name}') AS s${n}`).join(", ")}`),
    ).toEqual(["", "on", "on", "on", "on", "UTF8", "UTC"]);
    const data = await stat(join(directory, "postgres", "data"));
    const socket = await stat(join(directory, "postgres", "socket"));
    expect([data.mode & 0o777, socket.mode & 0o777, data.uid]).toEqual([0o700, 0o700, user.uid]);
    expect(await query(postgres, "CREATE TABLE kept (id int); INSERT INTO kept VALUES (1) RETURNING id")).toEqual([
      "1",
    ]);
  });

  it.runIf(process.getuid?.() === 0)("runs as an unprivileged user when the server is root", async () => {
    const postgres = await start();
    const status = await readFile(`/proc/${postgres.pid}/status`, "utf8");
    expect(/^Uid:\s+(.*)$/m.exec(status)?.[1]?.split("\t")).toEqual(Array(4).fill(String(user.uid)));
    expect(/^Gid:\s+(.*)$/m.exec(status)?.[1]?.split("\t")).toEqual(Array(4).fill(String(user.gid)));
    expect(
      status
        .split("\n")
        .find((line) => line.startsWith("Groups:"))
        ?.trim(),
    ).toBe("Groups:");
  });

  it("is given nothing of the server's environment", async () => {
    const postgres = await start();
    const environment = await readFile(`/proc/${postgres.pid}/environ`, "utf8");
    const names = environment.split("\0").flatMap((entry) => entry.split("=").slice(0, 1));
    expect(new Set(names)).toEqual(new Set(["LC_ALL", "LD_LIBRARY_PATH", "PATH", "TZ", ""]));
  });

  it("has its data at the next start, and its extensions", async () => {
    const postgres = await start();
    expect(await query(postgres, "SELECT id FROM kept")).toEqual(["1"]);
    expect(await query(postgres, "CREATE EXTENSION IF NOT EXISTS pg_trgm; SELECT similarity('word', 'word')")).toEqual([
      "1",
    ]);
  });

  it("stops cleanly and leaves no socket behind", async () => {
    const postgres = await start();
    const { pid } = postgres;
    await postgres.stop();
    expect([await stateOf(pid), existsSync(join(directory, "postgres", "socket"))]).toEqual([undefined, false]);
    expect(await readFile(join(directory, "postgres", "postgres.log"), "utf8")).toContain(
      "database system is shut down",
    );
    running.length = 0;
  });
});

describe("what an earlier server left", () => {
  it("is an orphan after kill -9: it is stopped by its proved process id, and nothing is lost", async () => {
    const owner = fork(new URL("./testing/database-owner.ts", import.meta.url), [directory]);
    children.push(owner);
    const [orphan] = z
      .tuple([z.number()])
      .rest(z.unknown())
      .parse(await once(owner, "message"));
    owner.kill("SIGKILL");
    await once(owner, "exit");
    expect(await stateOf(orphan)).toMatch(/[RSD]/);
    const postgres = await start();
    expect(["Z", undefined]).toContain(await stateOf(orphan));
    expect([postgres.pid === orphan, await query(postgres, "SELECT id FROM kept")]).toEqual([false, ["1"]]);
  });

  it.each([
    ["that somebody else has by now", "exec sleep 600", (pid: number) => pid],
    // The shell becomes a `sleep`, which never asks how its first child ended.
    ["of a zombie", "true & echo $! ; exec sleep 600", (_pid: number, said: string) => Number(said)],
  ])("is a stale postmaster.pid with a process id %s", async (_name, script, choose) => {
    const bystander = spawn("sh", ["-c", script], { ...asUser, cwd: "/", stdio: ["ignore", "pipe", "ignore"] });
    children.push(bystander);
    const said = script.includes("echo") ? String((await once(bystander.stdout, "data"))[0]) : "";
    const pid = choose(bystander.pid ?? 0, said);
    await writeFile(
      join(directory, "postgres", "data", "postmaster.pid"),
      `${pid}\n${join(directory, "postgres", "data")}\n1700000000\n5432\n\n\n  5432001  1\nready   \n`,
    );
    const postgres = await start();
    expect(await query(postgres, "SELECT id FROM kept")).toEqual(["1"]);
    expect(await stateOf(bystander.pid)).toBe("S");
  });

  it("is half a data directory after a crash during creation: it is made anew", async () => {
    const crashed = join(directory, "crashed");
    await mkdir(join(crashed, "postgres", "data.unfinished", "base"), { recursive: true });
    await chmod(crashed, 0o711);
    await chmod(join(crashed, "postgres"), 0o711);
    const postgres = await start({ dataDirectory: crashed });
    expect([await query(postgres, "SELECT 1"), existsSync(join(crashed, "postgres", "data.unfinished"))]).toEqual([
      ["1"],
      false,
    ]);
  });
});

describe("a running embedded database", () => {
  it("refuses a second server on the same data directory", async () => {
    const postgres = await start();
    await expect(start()).rejects.toThrow(/Another server uses the embedded database/);
    expect(await query(postgres, "SELECT 1")).toEqual(["1"]);
  });

  it("is started again when it ends by itself", async () => {
    const postgres = await start();
    const { pid } = postgres;
    process.kill(pid ?? 0, "SIGKILL");
    await expect.poll(() => postgres.pid !== pid).toBe(true);
    await expect.poll(() => query(postgres, "SELECT id FROM kept").catch(() => [])).toEqual(["1"]);
  });

  it("is given up when it ends again and again", async () => {
    const lost = Promise.withResolvers<unknown>();
    const postgres = await start({ onLost: lost.resolve });
    let seen: number | undefined;
    const killer = setInterval(() => {
      if (postgres.pid === undefined || postgres.pid === seen) return;
      seen = postgres.pid;
      process.kill(seen, "SIGQUIT");
    }, 20);
    expect(await lost.promise).toMatchObject({ message: expect.stringMatching(/ended 6 times in a minute/) });
    clearInterval(killer);
  });

  it("has its socket in a short private folder when the data directory's path is too long", async () => {
    const long = join(directory, "long-".repeat(25));
    await mkdir(long);
    await chmod(long, 0o711);
    const postgres = await start({ dataDirectory: long });
    const socketDirectory = decodeURIComponent(new URL(postgres.url()).hostname);
    expect(socketDirectory).toMatch(/^\/tmp\/llm-tuner-/);
    expect([(await stat(socketDirectory)).mode & 0o777, await query(postgres, "SELECT 1")]).toEqual([0o700, ["1"]]);
    await postgres.stop();
    expect(existsSync(socketDirectory)).toBe(false);
    running.length = 0;
  });
});

describe("other users of the machine", () => {
  // Speaks just enough of the protocol to be let in or refused.
  const knock = `
    const [path] = process.argv.slice(1);
    const parameters = Buffer.from("user\\0postgres\\0database\\0postgres\\0\\0");
    const head = Buffer.alloc(8);
    head.writeInt32BE(8 + parameters.length, 0);
    head.writeInt32BE(196608, 4);
    const socket = require("node:net").connect(path, () => socket.write(Buffer.concat([head, parameters])));
    socket.on("data", (data) => { console.log(data.toString("latin1")); socket.destroy(); });
    socket.on("error", (error) => console.log(error.code));`;

  /** Node.js where other users can run it: a checkout may lie in a folder that they cannot enter. */
  async function programForOthers(): Promise<string> {
    if (await mayRead(process.execPath, user)) return process.execPath;
    const copy = join(directory, "node");
    await copyFile(process.execPath, copy);
    await chmod(copy, 0o755);
    return copy;
  }

  async function answerTo(postgres: EmbeddedPostgres, who: { uid?: number; gid?: number }): Promise<string> {
    const path = join(decodeURIComponent(new URL(postgres.url()).hostname), ".s.PGSQL.5432");
    const child = spawn(await programForOthers(), ["-e", knock, path], {
      ...who,
      cwd: "/",
      env: {},
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.on("data", (text: Buffer) => (said += text.toString("latin1")));
    await once(child, "close");
    return said;
  }

  it("are let in when they are the server's own user", async () => {
    expect(await answerTo(await start(), {})).toMatch(/server_version/);
  });

  it.runIf(process.getuid?.() === 0)("do not get to the socket, and not past it", async () => {
    const postgres = await start();
    expect(await answerTo(postgres, { uid: 54_321, gid: 54_321 })).toContain("EACCES");
    expect(await answerTo(postgres, asUser)).toContain(`Peer authentication failed for user "postgres"`);
  });

  it("may not use the rules of another user's name", async () => {
    await start();
    const rules = await readFile(join(directory, "postgres", "pg_ident.conf"), "utf8");
    expect(rules).toBe(`server "${userInfo().username}" postgres\n`);
    expect(await readFile(join(directory, "postgres", "pg_hba.conf"), "utf8")).toBe("local all all peer map=server\n");
  });
});
