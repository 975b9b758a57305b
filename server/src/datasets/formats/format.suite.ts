import type { TrainingFileType } from "@llm-tuner/contract/files.ts";
import iconv from "iconv-lite";
import { describe, expect, it } from "vitest";
import { inPieces, readFile } from "../testing/read-file.ts";
import { defaultFormatLimits } from "./format.ts";
import { readRows } from "./read-rows.ts";

export interface FormatCase {
  type: TrainingFileType;
  /** A good file of three rows whose texts are the given ones. */
  write(texts: readonly [string, string, string]): string;
  /** The beginning of a file whose next line never ends, and the line where it stands. */
  endless: { beginning: string; line: number }[];
}

const texts = ["plain words", "Größe: 3 €, naïve", "日本語 and 🙂"] as const;

/** What reading must do in every format. */
export function describeFormat({ type, write, endless }: FormatCase): void {
  const good = write(texts);
  const read = (content: string | Uint8Array, pieceSize?: number) =>
    readFile(type, content, pieceSize === undefined ? {} : { pieceSize });
  const contents = (result: Awaited<ReturnType<typeof read>>) =>
    JSON.stringify([result.table.map(({ values }) => values), result.chats.map(({ messages }) => messages)]);

  describe(`reading ${type}`, () => {
    it("finds the rows with their texts", async () => {
      const result = await read(good);
      expect(result.table.length + result.chats.length).toBe(3);
      for (const text of texts) expect(contents(result)).toContain(text);
      expect(result.encoding).toBe("utf-8");
      expect(result.warnings).toEqual([]);
      expect(result.preview).toBe(good.slice(0, 200));
    });

    it.each([1, 2, 3, 7, 64])("gives the same rows in pieces of %i bytes", async (size) => {
      const whole = await read(good);
      const inPieces = await read(good, size);
      expect(inPieces).toEqual(whole);
    });

    it.each(["utf-16le", "utf-16be"] as const)("reads %s by its byte order mark", async (encoding) => {
      const result = await read(iconv.encode(good, encoding, { addBOM: true }), 5);
      expect(result.encoding).toBe(encoding);
      expect(contents(result)).toBe(contents(await read(good)));
    });

    it("drops the byte order mark of UTF-8", async () => {
      expect(contents(await read(`\uFEFF${good}`, 2))).toBe(contents(await read(good)));
    });

    it("reads windows-1252 and says so", async () => {
      const western = write(["plain", "Größe: 3 €", "naïve"]);
      const result = await read(iconv.encode(western, "windows-1252"), 11);
      expect(result.encoding).toBe("windows-1252");
      expect(result.warnings).toMatchObject([{ code: "encoding_assumed" }]);
      expect(contents(result)).toBe(contents(await read(western)));
    });

    it("replaces a broken byte in UTF-8 and says so", async () => {
      const [before, after] = good.split("naïve");
      const broken = Buffer.concat([Buffer.from(`${before}na`), Buffer.from([0xff]), Buffer.from(`ve${after}`)]);
      const result = await read(broken);
      expect(contents(result)).toContain("na\uFFFDve");
      expect(result.warnings).toMatchObject([{ code: "broken_characters", count: 1 }]);
    });

    it.each([
      ["CRLF", "\r\n"],
      ["CR", "\r"],
    ])("reads lines that end in %s, with the same numbers", async (_name, lineBreak) => {
      const unix = await read(good);
      for (const size of [1, 10, 65_536]) {
        const other = await read(good.replaceAll("\n", lineBreak), size);
        expect({ ...other, preview: "" }).toEqual({ ...unix, preview: "" });
      }
    });

    it("refuses a NUL character with its line", async () => {
      await expect(read(`${good}\n\nx\0y`)).rejects.toMatchObject({
        code: "binary_file",
        status: 400,
        details: { places: [{ line: good.split("\n").length + 2 }] },
      });
    });

    it.each(["", "\n\n \n"])("refuses a file without rows: %j", async (content) => {
      await expect(read(content)).rejects.toMatchObject({ code: "no_rows", status: 400 });
    });

    it("refuses more rows than the limit", async () => {
      await expect(readFile(type, good, { limits: { maxRows: 2 } })).rejects.toMatchObject({ code: "too_many_rows" });
    });

    it.each(endless)("stops early in a line that never ends: $beginning", async ({ beginning, line }) => {
      let produced = 0;
      const megabyte = Buffer.alloc(65_536, "x ");
      async function* gigabyte(): AsyncGenerator<Uint8Array> {
        yield Buffer.from(beginning);
        for (; produced < 2 ** 30; produced += megabyte.length) yield megabyte;
      }
      const reader = readRows({ name: `data${type}`, type, bytes: gigabyte() }, defaultFormatLimits);
      const reading = (async () => {
        for await (const batch of reader.batches()) expect(batch.rows.length).toBeGreaterThan(0);
      })();
      await expect(reading).rejects.toMatchObject({
        code: "line_too_long",
        status: 400,
        details: { places: [{ file: `data${type}`, line, excerpt: expect.stringMatching(/^.{1,200}$/) }] },
      });
      expect(produced).toBeLessThan(2 * defaultFormatLimits.maxLineBytes);
    });

    it("counts the bytes of a line, not its characters", async () => {
      const wide = write(["a", "日".repeat(500), "c"]);
      await expect(readFile(type, wide, { limits: { maxLineBytes: 1000 } })).rejects.toMatchObject({
        code: "line_too_long",
      });
      await expect(readFile(type, wide, { limits: { maxLineBytes: 2000 } })).resolves.toBeDefined();
    });

    it("leaves nothing running when its reader is left early", async () => {
      let closed = false;
      async function* bytes(): AsyncGenerator<Uint8Array> {
        try {
          for (;;) yield* inPieces(`${good}\n`);
        } finally {
          closed = true;
        }
      }
      const reader = readRows({ name: `data${type}`, type, bytes: bytes() }, defaultFormatLimits);
      const batches = reader.batches();
      expect((await batches.next()).done).toBe(false);
      await batches.return(undefined);
      expect(closed).toBe(true);
    });
  });
}
