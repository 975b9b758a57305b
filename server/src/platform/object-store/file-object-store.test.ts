import { mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createFileObjectStore } from "./file-object-store.ts";
import { describeObjectStore } from "./object-store.suite.ts";

const folders: string[] = [];
const temporaryFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "object-store-"));
  folders.push(folder);
  return folder;
};

afterAll(async () => {
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
});

describeObjectStore("a folder", async () => createFileObjectStore({ root: join(await temporaryFolder(), "objects") }));

describe("the file driver", () => {
  const setUp = async () => {
    const folder = await temporaryFolder();
    const root = join(folder, "objects");
    const outside = join(folder, "outside");
    await mkdir(outside);
    await mkdir(join(root, "users"), { recursive: true });
    return { root, outside, store: createFileObjectStore({ root }) };
  };

  it("does not follow a linked folder out of the store", async () => {
    const { root, outside, store } = await setUp();
    await writeFile(join(outside, "secret"), "secret");
    await symlink(outside, join(root, "users", "mallory"));
    await expect(store.get("users/mallory/secret")).rejects.toMatchObject({ status: 500 });
    await expect(store.put("users/mallory/new", Buffer.from("x"))).rejects.toMatchObject({ status: 500 });
    await expect(store.delete("users/mallory/secret")).rejects.toMatchObject({ status: 500 });
    expect(await readdir(outside)).toEqual(["secret"]);
    expect(await readdir(join(root, ".incoming"))).toEqual([]);
  });

  it("does not follow a linked file", async () => {
    const { root, outside, store } = await setUp();
    await writeFile(join(outside, "secret"), "secret");
    await symlink(join(outside, "secret"), join(root, "users", "link"));
    await expect(store.get("users/link")).rejects.toMatchObject({ status: 500 });
    expect(await store.exists("users/link")).toBe(false);
    for await (const { key } of store.list("users/")) expect.unreachable(`${key} is listed`);
  });

  it("works when the root itself is reached by a link", async () => {
    const { root, outside } = await setUp();
    await symlink(root, join(outside, "linked-root"));
    const store = createFileObjectStore({ root: join(outside, "linked-root") });
    await store.put("users/a", Buffer.from("x"));
    expect(await store.exists("users/a")).toBe(true);
  });

  it("writes for the owner only", async () => {
    const { root, store } = await setUp();
    await store.put("users/a/text", Buffer.from("x"));
    expect((await stat(join(root, "users/a/text"))).mode & 0o777).toBe(0o600);
  });

  it("answers that a folder is no object", async () => {
    const { store } = await setUp();
    await store.put("users/a/text", Buffer.from("x"));
    await expect(store.get("users/a")).rejects.toMatchObject({ code: "object_not_found" });
    expect(await store.exists("users/a")).toBe(false);
  });

  it("collects what a crash left half written, and nothing that is still being written", async () => {
    const { root, store } = await setUp();
    const incoming = join(root, ".incoming");
    await mkdir(incoming);
    await writeFile(join(incoming, "old"), "half");
    await writeFile(join(incoming, "new"), "half");
    const twoHoursAgo = new Date(Date.now() - 7_200_000);
    await utimes(join(incoming, "old"), twoHoursAgo, twoHoursAgo);
    expect(await store.collectLeftovers(new Date(Date.now() - 3_600_000))).toBe(1);
    expect(await readdir(incoming)).toEqual(["new"]);
  });
});
