import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { silentLog } from "../../platform/log/log.ts";
import { createReadSpreadsheet } from "./read-spreadsheet.ts";
import { createSheetFolder, sheetData, workbookParts, zipOf } from "./testing/sheet-files.ts";

const mebibyte = 1024 ** 2;
const reader = createReadSpreadsheet({ log: silentLog });
afterAll(() => reader.close());

const { signal } = new AbortController();
async function read(content: string | Uint8Array, urlColumn?: string) {
  await using folder = await createSheetFolder();
  const path = await folder.write(content);
  return await reader.read({ path, fileName: "list.xlsx", ...(urlColumn === undefined ? {} : { urlColumn }) }, signal);
}
const errorOf = (content: string | Uint8Array): Promise<unknown> =>
  read(content).then(
    () => undefined,
    (error: unknown) => error,
  );

/** Most memory that a process of this reader has held so far, in millions of bytes. */
async function peakMegabytes(): Promise<number> {
  const peaks: number[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const of = (name: string) => readFile(`/proc/${pid}/${name}`, "utf8").catch(() => "");
    const status = await of("status");
    if (!status.includes(`\nPPid:\t${process.pid}\n`) || !(await of("cmdline")).includes("spreadsheet-child")) continue;
    peaks.push((Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024) / 1e6);
  }
  return Math.max(...peaks);
}

/** A sheet of so many bytes that packs to less than a hundredth of them. */
function* blankCells(bytes: number): Generator<Buffer> {
  yield Buffer.from("<worksheet><sheetData><row>");
  const piece = Buffer.from("<c/>".repeat(mebibyte / 4));
  for (let written = 0; written < bytes; written += piece.length) yield piece;
}
const bombOf = (bytes: number): Promise<Buffer> =>
  zipOf({ ...workbookParts({ sheet: "" }), "xl/worksheets/sheet1.xml": Readable.from(blankCells(bytes)) });

/** Writes another unpacked size into an archive, where its directory and each part say it. */
function lying(archive: Buffer, from: number, to: number): Buffer {
  const changed = Buffer.from(archive);
  const [real, told] = [from, to].map((size) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(size);
    return bytes;
  });
  let changes = 0;
  for (let at = changed.indexOf(real ?? ""); at >= 0; at = changed.indexOf(real ?? "", at + 4)) {
    told?.copy(changed, at);
    changes += 1;
  }
  expect(changes).toBeGreaterThan(0);
  return changed;
}

describe("the reader of spreadsheets", () => {
  it.skipIf(!existsSync("/proc/self/status"))("refuses a bomb of 386 MB before it is unpacked", async () => {
    const bomb = await bombOf(386 * mebibyte);
    expect(bomb.length).toBeLessThan(10 * mebibyte);
    expect(await errorOf(bomb)).toMatchObject({ code: "spreadsheet_unpacks_too_large", status: 400 });
    // Of the whole process, most of which is Node.js itself.
    const peak = await peakMegabytes();
    expect(peak).toBeLessThan(100);
  });

  it("SEC-31: reads in a process of its own", async () => {
    const table = await read(await zipOf(workbookParts({ sheet: sheetData({ 1: ["URL"], 2: ["https://a.org/1"] }) })));
    expect(table).toEqual({
      column: "URL",
      rows: [{ position: 0, url: "https://a.org/1", title: null, problem: null }],
    });
  });

  it("names the file and the line of what is wrong", async () => {
    expect(await errorOf(`title,url\n"x,https://a.org/1\n`)).toMatchObject({
      code: "spreadsheet_unclosed_quote",
      status: 400,
      details: { places: [{ file: "list.xlsx", line: 2 }] },
    });
    const asked = await read("title,url\nx,https://a.org/1\n", "nowhere").catch((error: unknown) => error);
    expect(asked).toMatchObject({ details: { places: [{ field: "url_column" }] } });
  });

  it("stops when nobody waits any more", async () => {
    const gone = AbortSignal.abort(new Error("gone"));
    await expect(reader.read({ path: "/nowhere", fileName: "x" }, gone)).rejects.toThrow("gone");
  });

  it("SEC-28: refuses what says that it is smaller than it is", async () => {
    const bytes = 40 * mebibyte;
    const sheetBytes = "<worksheet><sheetData><row>".length + bytes;
    const bomb = lying(await bombOf(bytes), sheetBytes, 1000);
    expect(await errorOf(bomb)).toMatchObject({ code: "spreadsheet_damaged" });
  });

  it("SEC-28: refuses many parts, and a part that packs too well", async () => {
    const parts = Object.fromEntries(Array.from({ length: 201 }, (_, part) => [`xl/${part}.xml`, "<x/>"]));
    expect(await errorOf(await zipOf(parts))).toMatchObject({
      message: expect.stringContaining("more than 200 parts"),
    });
    expect(await errorOf(await bombOf(20 * mebibyte))).toMatchObject({ message: expect.stringContaining("100 times") });
  });

  it("does not see parts that the directory of an archive leaves out", async () => {
    const archive = await zipOf(workbookParts({ sheet: sheetData({ 1: ["https://a.org/1"] }) }));
    const hidden = Buffer.from("<worksheet><sheetData/></worksheet>");
    const name = Buffer.from("xl/worksheets/sheet1.xml");
    const header = Buffer.alloc(30);
    header.write("PK\u0003\u0004", "latin1");
    header.writeUInt32LE(crc32(hidden), 14);
    header.writeUInt32LE(hidden.length, 18);
    header.writeUInt32LE(hidden.length, 22);
    header.writeUInt16LE(name.length, 26);
    // Before the others, so that who reads from the front meets it first; a reader of the directory does not.
    const smuggled = Buffer.concat([header, name, hidden]);
    const end = archive.indexOf(Buffer.from("PK\u0005\u0006"));
    const moved = Buffer.from(archive);
    moved.writeUInt32LE(moved.readUInt32LE(end + 16) + smuggled.length, end + 16);
    for (let at = moved.indexOf("PK\u0001\u0002"); at >= 0; at = moved.indexOf("PK\u0001\u0002", at + 4))
      moved.writeUInt32LE(moved.readUInt32LE(at + 42) + smuggled.length, at + 42);
    expect((await read(Buffer.concat([smuggled, moved]))).rows).toHaveLength(1);
  });
});
