import { SearchResult } from "@llm-tuner/contract/documents.ts";
import { Tag } from "@llm-tuner/contract/tags.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createLibraryWorld, type LibraryWorld, people } from "../testing/library-world.ts";

let world: LibraryWorld;
beforeAll(async () => {
  world = await createLibraryWorld();
});
afterAll(() => world.close());

const Failure = z.object({
  error: z.looseObject({ code: z.string(), details: z.looseObject({ remedy: z.string() }) }),
});
const TagList = z.object({ tags: z.array(Tag), total: z.number() });

async function tags(query = ""): Promise<Tag[]> {
  const response = await world.call("GET", `/api/tags?${query}`);
  expect(response.statusCode, response.body).toBe(200);
  return TagList.parse(response.json()).tags;
}
const tagNamed = async (name: string): Promise<Tag> => {
  const found = (await tags("limit=500")).find((tag) => tag.name === name);
  if (found === undefined) throw new Error(`no tag ${name}`);
  return found;
};
const create = (name: string) => world.call("POST", "/api/tags", { body: { name } });
const rename = (id: string, name: string) => world.call("PATCH", `/api/tags/${id}`, { body: { name } });
const merge = (id: string, from: readonly string[]) => world.call("POST", `/api/tags/${id}/merge`, { body: { from } });

async function found(query: string): Promise<number> {
  const response = await world.call("GET", `/api/history/documents/search?query=${encodeURIComponent(query)}`);
  return SearchResult.parse(response.json()).total;
}
const tagsOf = async (id: string) => {
  const [view] = await world.library.documentViews([id]);
  return Object.fromEntries((view?.tags ?? []).map(({ tag, state }) => [tag, state]));
};

describe("recording tags", () => {
  it("lets twins fall together, in a document and in the library", async () => {
    const first = await world.add({ tags: ["E-Mail", "email", "É mail"] });
    expect(await tagsOf(first)).toEqual({ "E-Mail": "suggested" });
    const second = await world.add({ tags: ["e mail"] });
    expect(await tagsOf(second)).toEqual({ "E-Mail": "suggested" });
    expect(await tagNamed("E-Mail")).toMatchObject({ documents: 2, suggested: 2, accepted: 0 });
  });

  it("keeps what was decided when it is tagged again", async () => {
    const id = await world.add({ tags: ["stays", "goes", "undecided"] });
    await world.call("PATCH", `/api/history/documents/${id}`, {
      body: {
        decisions: [
          { tag: "stays", state: "accepted" },
          { tag: "goes", state: "rejected" },
        ],
      },
    });
    await world.database.transaction((transaction) =>
      world.library.recordTags(transaction, {
        documentId: id,
        userId: people.ann,
        tags: ["Goes", "fresh", "STAYS"].map((name) => ({ name, isNew: true, source: "model" as const })),
        autoAccept: "none",
      }),
    );
    expect(await tagsOf(id)).toEqual({ stays: "accepted", goes: "rejected", fresh: "suggested" });
  });

  it("accepts by itself what was accepted before, or made by hand", async () => {
    await world.add({ accepted: ["trusted"] });
    await world.add({ tags: ["merely suggested"] });
    await create("by hand");
    const id = await world.add();
    await world.database.transaction((transaction) =>
      world.library.recordTags(transaction, {
        documentId: id,
        userId: people.ann,
        tags: ["trusted", "merely suggested", "by hand", "unheard of"].map((name) => ({
          name,
          isNew: false,
          source: "model" as const,
        })),
        autoAccept: "existing",
      }),
    );
    expect(await tagsOf(id)).toEqual({
      trusted: "accepted",
      "merely suggested": "suggested",
      "by hand": "accepted",
      "unheard of": "suggested",
    });
    const known = await world.library.knownTags(people.ann);
    expect(known.indexOf("trusted")).toBeLessThan(known.indexOf("merely suggested"));
    expect(known).toContain("by hand");
  });

  it("of many documents at once makes each tag once, and never waits for ever", async () => {
    const names = Array.from({ length: 8 }, (_, index) => `shared ${index}`);
    const turned = (by: number) => [...names.slice(by), ...names.slice(0, by)];
    await Promise.all(names.map((_, by) => world.add({ tags: turned(by) })));
    const made = (await tags("query=shared&limit=500")).map(({ name, documents }) => `${name}: ${documents}`);
    expect(made.toSorted()).toEqual(names.map((name) => `${name}: 8`));
  });
});

describe("the library", () => {
  it("is a person's own", async () => {
    await world.add({ tags: ["anns"] });
    const { id } = await tagNamed("anns");
    for (const [method, path, body] of [
      ["PATCH", `/api/tags/${id}`, { name: "mine" }],
      ["DELETE", `/api/tags/${id}`, undefined],
      ["POST", `/api/tags/${id}/merge`, { from: [id] }],
    ] as const) {
      const request = body === undefined ? {} : { body };
      const expected = method === "POST" ? 400 : 404;
      expect((await world.call(method, path, { as: "bob", ...request })).statusCode).toBe(expected);
    }
    const list = TagList.parse((await world.call("GET", "/api/tags", { as: "bob" })).json());
    expect(list.total).toBe(0);
    const own = Tag.parse((await world.call("POST", "/api/tags", { as: "bob", body: { name: "bobs" } })).json());
    expect((await merge(id, [own.id])).statusCode).toBe(404);
  });

  it("refuses a name that is there already, in any spelling", async () => {
    expect((await create("Tax Return")).statusCode).toBe(201);
    const again = await create("tax-return");
    expect([again.statusCode, Failure.parse(again.json()).error.code]).toEqual([409, "tag_exists"]);
  });

  it("renames on all documents, and finds them by the new name at once", async () => {
    const documents = await Promise.all(Array.from({ length: 120 }, () => world.add({ accepted: ["ocelots"] })));
    const { id } = await tagNamed("ocelots");
    expect(await found("ocelots")).toBe(120);
    expect(Tag.parse((await rename(id, "Margays")).json())).toMatchObject({ name: "Margays", documents: 120 });
    expect([await found("ocelots"), await found("margay")]).toEqual([0, 120]);
    expect(await tagsOf(documents[0] ?? "")).toEqual({ Margays: "accepted" });
    expect((await rename(id, "MARGAYS")).statusCode).toBe(200);
  });

  it("proposes to merge instead of renaming onto another", async () => {
    const [a, b] = [Tag.parse((await create("Alpha one")).json()), Tag.parse((await create("Alpha two")).json())];
    const refused = await rename(a.id, "alpha-TWO");
    expect(refused.statusCode).toBe(409);
    expect(Failure.parse(refused.json()).error.details.remedy).toContain(`POST /api/tags/${b.id}/merge`);
  });

  it("merges, keeps the strongest state, and finds all of them", async () => {
    const both = await world.add({ accepted: ["puma"], tags: ["cougar"] });
    const one = await world.add({ tags: ["mountain lion"] });
    const rejected = await world.add({ tags: ["cougar", "puma"] });
    await world.call("PATCH", `/api/history/documents/${rejected}`, { body: { tags: [] } });
    const [cougar, puma, lion] = [await tagNamed("cougar"), await tagNamed("puma"), await tagNamed("mountain lion")];
    const merged = Tag.parse((await merge(cougar.id, [puma.id, lion.id])).json());
    expect(merged).toMatchObject({ documents: 2, accepted: 1, suggested: 1, rejected: 1 });
    expect([await tagsOf(both), await tagsOf(one), await tagsOf(rejected)]).toEqual([
      { cougar: "accepted" },
      { cougar: "suggested" },
      { cougar: "rejected" },
    ]);
    expect([await found("cougar"), await found("puma")]).toEqual([2, 0]);
    expect((await merge(cougar.id, [cougar.id])).statusCode).toBe(400);
    // Once more: what was put into the first goes on with it.
    const cat = Tag.parse((await create("big cat")).json());
    await merge(cat.id, [cougar.id]);
    expect(await found('"big cat"')).toBe(2);
  });

  it("deletes a tag from all documents, and the unused", async () => {
    const id = await world.add({ accepted: ["ephemeral"], tags: ["other"] });
    await world.call("DELETE", `/api/tags/${(await tagNamed("ephemeral")).id}`);
    expect(await tagsOf(id)).toEqual({ other: "suggested" });
    expect(await found("ephemeral")).toBe(0);
    await create("never used");
    expect((await tags("unused=true&limit=500")).map(({ name }) => name)).toContain("never used");
    const before = (await tags("unused=false&limit=500")).length;
    const deleted = z.object({ deleted: z.number() }).parse((await world.call("DELETE", "/api/tags")).json());
    expect(deleted.deleted).toBeGreaterThan(0);
    expect(await tags("unused=true")).toEqual([]);
    expect((await tags("limit=500")).length).toBe(before);
  });

  it("remembers a rejection though its tag was deleted, and lets it be given again", async () => {
    const id = await world.add({ tags: ["spam"] });
    const path = `/api/history/documents/${id}`;
    await world.call("PATCH", path, { body: { decisions: [{ tag: "spam", state: "rejected" }] } });
    await world.call("DELETE", `/api/tags/${(await tagNamed("spam")).id}`);
    expect(await tagsOf(id)).toEqual({ spam: "rejected" });
    await world.call("PATCH", path, { body: { tags: ["Spam"] } });
    expect(await tagsOf(id)).toEqual({ spam: "accepted" });
    const other = await tagNamed("spam");
    await rename(other.id, "junk");
    expect(await tagsOf(id)).toEqual({ junk: "accepted" });
  });

  it("pairs what is nearly the same, and neither years nor strangers", async () => {
    for (const name of ["invoicing", "invoice", "machine learning", "learning machines", "Report 2023", "Report 2024"])
      await create(name);
    const response = await world.call("GET", "/api/tags/similar?limit=100");
    const { pairs } = z
      .object({ pairs: z.array(z.object({ tags: z.array(Tag), similarity: z.number() })) })
      .parse(response.json());
    const named = pairs.map((pair) =>
      pair.tags
        .map(({ name }) => name)
        .toSorted()
        .join(" = "),
    );
    expect(named).toContain("learning machines = machine learning");
    expect(named).toContain("invoice = invoicing");
    expect(named).not.toContain("Report 2023 = Report 2024");
  });
});
