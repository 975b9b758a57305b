import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEnvelope, type Envelope } from "../platform/crypto/envelope.ts";
import { silentLog } from "../platform/log/log.ts";
import { loadMasterKeys } from "./master-key.ts";
import { addMasterKey, dropFormerMasterKeys, masterKeyPath } from "./master-key-file.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "llm-tuner-master-key-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const file = () => masterKeyPath(directory);
const load = (secretKey?: Uint8Array, formerKeys: readonly Uint8Array[] = []) =>
  loadMasterKeys({ dataDir: directory, secretKey, formerKeys, log: silentLog });
const envelope = async (...parameters: Parameters<typeof load>) => createEnvelope((await load(...parameters)).keys);

const place = { table: "sessions", row: "sess_1", column: "mac_key" };
const secret = Buffer.from("a secret");
const reads = (reader: Envelope, ciphertext: Uint8Array) => Buffer.compare(reader.decrypt(ciphertext, place), secret);

describe("the master key", () => {
  it("is made once, for the server's user alone, and is the same ever after", async () => {
    const ciphertext = (await envelope()).encrypt(secret, place);
    expect([(await stat(file())).mode & 0o777, (await stat(join(directory, "secrets"))).mode & 0o777]).toEqual([
      0o600, 0o700,
    ]);
    expect(await readFile(file(), "utf8")).toMatch(/^[0-9a-f]{64}\n$/);
    expect(reads(await envelope(), ciphertext)).toBe(0);
  });

  it("is the same in two processes that start together on a new data directory", async () => {
    const [first, second] = await Promise.all([envelope(), envelope()]);
    expect(reads(second, first.encrypt(secret, place))).toBe(0);
    expect(await readdir(join(directory, "secrets"))).toEqual(["master.key"]);
  });

  it("is made private again when others could read it", async () => {
    await load();
    await chmod(file(), 0o644);
    await load();
    expect((await stat(file())).mode & 0o777).toBe(0o600);
  });

  it("may be given instead, but not another one than that under which secrets are stored", async () => {
    const given = randomBytes(32);
    await load(given);
    await expect(stat(file())).rejects.toThrow(/ENOENT/);
    const ciphertext = (await envelope()).encrypt(secret, place);
    await expect(load(given)).rejects.toThrow(/SECRET_KEY is another key/);
    const stored = Buffer.from((await readFile(file(), "utf8")).trim(), "hex");
    expect(reads(await envelope(stored), ciphertext)).toBe(0);
    // Said outright, it is a change of the key.
    const moved = await envelope(given, [stored]);
    expect(reads(moved, ciphertext)).toBe(0);
    expect(moved.presentHeader()).toEqual(createEnvelope(given).presentHeader());
  });

  it.each(["00ff\n", "", `${"0f".repeat(32)}\nnonsense\n`])(
    "is never replaced when its file is damaged: %j",
    async (text) => {
      await load();
      await writeFile(file(), text);
      await expect(load()).rejects.toThrow(/is damaged/);
      expect(await readFile(file(), "utf8")).toBe(text);
    },
  );

  it("SEC-37: that is added to the file is used by a process that runs, which reads what is under the former", async () => {
    const running = await envelope();
    const before = running.encrypt(secret, place);
    await addMasterKey(file());
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    const after = running.encrypt(secret, place);
    expect(Buffer.compare(before.subarray(0, 5), after.subarray(0, 5))).not.toBe(0);
    expect([reads(running, before), reads(running, after), reads(await envelope(), before)]).toEqual([0, 0, 0]);
    await dropFormerMasterKeys(file());
    expect(reads(running, after)).toBe(0);
    for (const reader of [running, await envelope()]) expect(() => reads(reader, before)).toThrow(/another master key/);
  });

  it("stays in use when its file is damaged or gone while the process runs", async () => {
    const running = await envelope();
    const ciphertext = running.encrypt(secret, place);
    await writeFile(file(), "nonsense that is longer");
    expect(reads(running, ciphertext)).toBe(0);
    await rm(file());
    expect(reads(running, running.encrypt(secret, place))).toBe(0);
  });
});
