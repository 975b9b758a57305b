import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { beforeEach, describe, expect, it } from "vitest";
import type { ObjectStore } from "./object-store.ts";

const text = (value: string): Uint8Array => Buffer.from(value);

/** What every driver of the object store must do. `create` gives an empty store. */
export function describeObjectStore(name: string, create: () => Promise<ObjectStore>): void {
  describe(`${name} as an object store`, () => {
    let store: ObjectStore;
    beforeEach(async () => {
      store = await create();
    });

    const read = async (key: string, range?: { start: number; end: number }): Promise<string> => {
      const { stream } = await store.get(key, range);
      return (await buffer(stream)).toString();
    };
    const keys = async (prefix: string): Promise<string[]> => {
      const found: string[] = [];
      for await (const { key } of store.list(prefix)) found.push(key);
      return found.sort();
    };

    it("gives back the bytes that were stored, from a buffer and from a stream", async () => {
      const bytes = randomBytes(300_000);
      expect(await store.put("users/a/one.bin", bytes)).toEqual({ bytes: 300_000 });
      expect(await store.put("users/a/two.bin", Readable.from([bytes, bytes]))).toEqual({ bytes: 600_000 });
      const one = await store.get("users/a/one.bin");
      expect(one.bytes).toBe(300_000);
      expect((await buffer(one.stream)).equals(bytes)).toBe(true);
      expect((await buffer((await store.get("users/a/two.bin")).stream)).length).toBe(600_000);
    });

    it("keeps an empty object", async () => {
      await store.put("users/a/empty", text(""));
      expect(await store.exists("users/a/empty")).toBe(true);
      expect(await read("users/a/empty")).toBe("");
    });

    it("reads a range, both ends included", async () => {
      await store.put("users/a/text", text("0123456789"));
      expect(await read("users/a/text", { start: 2, end: 4 })).toBe("234");
      expect(await read("users/a/text", { start: 9, end: 9 })).toBe("9");
      const tail = await store.get("users/a/text", { start: 8, end: 100 });
      expect(tail.bytes).toBe(2);
      expect((await buffer(tail.stream)).toString()).toBe("89");
    });

    it("replaces an object as a whole", async () => {
      await store.put("users/a/text", text("a long first version"));
      await store.put("users/a/text", text("second"));
      expect(await read("users/a/text")).toBe("second");
    });

    it("lets a reader finish what it opened before the object was replaced", async () => {
      await store.put("users/a/text", text("first"));
      const before = await store.get("users/a/text");
      await store.put("users/a/text", text("second"));
      expect((await buffer(before.stream)).toString()).toBe("first");
    });

    it("keeps nothing of a stream that fails, and leaves the object of before", async () => {
      const failing = () =>
        Readable.from(
          (async function* () {
            yield text("half of ");
            throw new Error("the client went away");
          })(),
        );
      await expect(store.put("users/a/new", failing())).rejects.toThrow("the client went away");
      expect(await store.exists("users/a/new")).toBe(false);
      await store.put("users/a/old", text("whole"));
      await expect(store.put("users/a/old", failing())).rejects.toThrow("the client went away");
      expect(await read("users/a/old")).toBe("whole");
      expect(await keys("users/a/")).toEqual(["users/a/old"]);
      expect(await store.collectLeftovers(new Date(Date.now() + 60_000))).toBe(0);
    });

    it("says that a missing object is missing", async () => {
      await expect(store.get("users/a/none")).rejects.toMatchObject({ code: "object_not_found" });
      expect(await store.exists("users/a/none")).toBe(false);
    });

    it("deletes, again and again", async () => {
      await store.put("users/a/text", text("x"));
      await store.delete("users/a/text");
      await store.delete("users/a/text");
      await store.delete("users/b/never-there");
      expect(await store.exists("users/a/text")).toBe(false);
    });

    it("lists by prefix with size and time", async () => {
      for (const key of ["users/a/uploads/1", "users/a/uploads/2", "users/ab/uploads/3"])
        await store.put(key, text("xyz"));
      expect(await keys("users/a/")).toEqual(["users/a/uploads/1", "users/a/uploads/2"]);
      expect(await keys("users/a")).toHaveLength(3);
      expect(await keys("")).toHaveLength(3);
      expect(await keys("users/none/")).toEqual([]);
      for await (const object of store.list("users/ab/")) {
        expect(object).toMatchObject({ key: "users/ab/uploads/3", bytes: 3 });
        expect(Math.abs(object.modifiedAt.getTime() - Date.now())).toBeLessThan(60_000);
      }
    });

    it.each([
      "../outside",
      "users/../../outside",
      "users/..",
      "/etc/passwd",
      "users//a",
      "users/a/",
      "",
      ".",
      ".incoming/x",
      "users/.hidden",
      "users\\..\\x",
      "users/a\0.csv",
      "users/%2e%2e/x",
      "users/ä/x",
      "users/a b",
      `users/${"a".repeat(300)}`,
    ])("refuses the key %j for every operation", async (key) => {
      await expect(store.put(key, text("x"))).rejects.toMatchObject({ status: 500 });
      await expect(store.get(key)).rejects.toMatchObject({ status: 500 });
      await expect(store.delete(key)).rejects.toMatchObject({ status: 500 });
      await expect(store.exists(key)).rejects.toMatchObject({ status: 500 });
    });

    it("refuses an unsafe prefix", async () => {
      await expect(keys("../")).rejects.toMatchObject({ status: 500 });
      await expect(keys("users/../..")).rejects.toMatchObject({ status: 500 });
    });

    it("stores many objects at once", async () => {
      const names = Array.from({ length: 20 }, (_, index) => `users/u${index % 3}/uploads/${index}`);
      await Promise.all(names.map((key) => store.put(key, text(key))));
      expect(await Promise.all(names.map((key) => read(key)))).toEqual(names);
    });
  });
}
