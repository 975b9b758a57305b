import { mkdir, mkdtemp, readFile, readdir, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { extract, list } from "tar";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tarGzip } from "./model-archive.ts";
import { until } from "../platform/testing/until.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "archive-"));
});

afterEach(() => rm(folder, { recursive: true }));

/** Files under the folder that this process has open. */
const openFiles = async (): Promise<string[]> => {
  const links = (await readdir("/proc/self/fd")).map((name) => readlink(`/proc/self/fd/${name}`).catch(() => ""));
  return (await Promise.all(links)).filter((path) => path.startsWith(folder));
};

describe("tarGzip", () => {
  it("gives back every file to the byte, whatever its size", async () => {
    const files = { "empty.json": "", "one-block.txt": "x".repeat(512), "weights.safetensors": "é".repeat(100_001) };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const target = join(folder, "unpacked");
    await mkdir(target);
    await pipeline(tarGzip(folder, Object.keys(files)), extract({ cwd: target }));
    for (const [name, text] of Object.entries(files)) expect(await readFile(join(target, name), "utf8")).toBe(text);
  });

  it("names files without a path and says nothing of this machine's users", async () => {
    await writeFile(join(folder, "model.json"), "{}");
    const file = join(folder, "model.tar.gz");
    await writeFile(file, tarGzip(folder, ["model.json"]));
    const entries: { path: string; owner: unknown; mode: number | undefined }[] = [];
    await list({
      file,
      onReadEntry: ({ path, uid, gid, uname, gname, mode }) =>
        entries.push({ path, owner: [uid, gid, uname, gname], mode }),
    });
    expect(entries).toEqual([{ path: "model.json", owner: [undefined, undefined, "", ""], mode: 0o644 }]);
  });

  it("closes its file when the reader goes away in the middle", async () => {
    // Larger than all buffers on the way together, and not compressible.
    const random = Buffer.from(Array.from({ length: 4_000_000 }, (_, index) => (index * index * 2_654_435_761) >>> 24));
    await writeFile(join(folder, "weights.safetensors"), random);
    const archive = tarGzip(folder, ["weights.safetensors"]);
    await new Promise((resolve) => archive.once("readable", resolve));
    expect(await openFiles()).toHaveLength(1);
    archive.destroy();
    await until(async () => (await openFiles()).length === 0);
  });

  it("ends in an error when a file is gone", async () => {
    await expect(buffer(tarGzip(folder, ["missing.json"]))).rejects.toMatchObject({ code: "ENOENT" });
  });
});
