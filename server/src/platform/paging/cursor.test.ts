import { describe, expect, it } from "vitest";
import { formatCursor, pageOf, parseCursor } from "./cursor.ts";

const at = (second: number) => ({ createdAt: new Date(second * 1000), id: `key_${second}` });

describe("page cursor", () => {
  it("finds its position again and fits a URL", () => {
    const cursor = formatCursor(at(1_795_255_200));
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(parseCursor(cursor)).toEqual(at(1_795_255_200));
    expect(parseCursor(undefined)).toBeNull();
  });

  it.each([
    "",
    "x",
    "bm90IGpzb24",
    formatCursor(at(1)).slice(0, -4),
    Buffer.from('["2026-11-21T10:00:00Z"]').toString("base64url"),
  ])("refuses %j with a 400", (cursor) => {
    expect(() => parseCursor(cursor)).toThrow(expect.objectContaining({ status: 400, code: "invalid_cursor" }));
  });

  it("names the next page only where there is one", () => {
    const position = (row: ReturnType<typeof at>) => row;
    const rows = [at(3), at(2), at(1)];
    const page = pageOf(rows, { limit: 2, position });
    expect(page.rows).toEqual([at(3), at(2)]);
    expect(parseCursor(page.nextCursor ?? "")).toEqual(at(2));
    expect(pageOf(rows, { limit: 3, position }).nextCursor).toBeNull();
    expect(pageOf([], { limit: 3, position })).toEqual({ rows: [], nextCursor: null });
  });
});
