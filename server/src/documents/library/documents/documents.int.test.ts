import { DocumentDetail, DocumentStats } from "@llm-tuner/contract/documents.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createLibraryWorld, type LibraryWorld } from "../testing/library-world.ts";

let world: LibraryWorld;
const drawn: { page: number; widthPx: number }[] = [];

beforeAll(async () => {
  world = await createLibraryWorld({
    extractor: {
      async renderPage({ page, widthPx }) {
        drawn.push({ page, widthPx });
        return { ok: true, png: Buffer.from("a picture") };
      },
    },
  });
});
afterAll(() => world.close());

const documents = "/api/history/documents";
const Failure = z.object({ error: z.looseObject({ code: z.string() }) });
const List = z.object({ documents: z.array(z.looseObject({ id: z.string(), title: z.string() })), total: z.number() });

const patch = (id: string, body: object, as: "ann" | "bob" | "nobody" = "ann") =>
  world.call("PATCH", `${documents}/${id}`, { as, body });
const statesOf = ({ tags }: DocumentDetail) => Object.fromEntries(tags.map(({ tag, state }) => [tag, state]));
const detail = async (id: string) => DocumentDetail.parse((await world.call("GET", `${documents}/${id}`)).json());

async function list(query: string, as: "ann" | "bob" | "nobody" = "ann") {
  const response = await world.call("GET", `${documents}?${query}`, { as });
  expect(response.statusCode, response.body).toBe(200);
  return List.parse(response.json());
}

describe("whose document it is", () => {
  const paths = (id: string) =>
    [
      ["GET", `${documents}/${id}`],
      ["PATCH", `${documents}/${id}`],
      ["GET", `${documents}/${id}/text`],
      ["GET", `${documents}/${id}/file`],
      ["GET", `${documents}/${id}/pages/1`],
      ["POST", `${documents}/${id}/file-link`],
      ["DELETE", `${documents}/${id}`],
    ] as const;
  const ask = async (id: string, as: "ann" | "bob" | "nobody") => {
    const answers: number[] = [];
    for (const [method, path] of paths(id)) {
      const body = method === "PATCH" ? { body: { title: "new" } } : {};
      answers.push((await world.call(method, path, { as, ...body })).statusCode);
    }
    return new Set(answers);
  };

  it("is a 404 for everybody but its owner", async () => {
    const id = await world.add({ text: "text", file: "bytes" });
    expect(await ask(id, "bob")).toEqual(new Set([404]));
    expect(await ask(id, "nobody")).toEqual(new Set([404]));
    expect(await ask(id, "ann")).toEqual(new Set([200, 204]));
    expect(await ask("doc_0000000000000000000000", "ann")).toEqual(new Set([404]));
  });

  it("belongs to whoever holds its id when it has no owner, until it expires", async () => {
    const id = await world.add({ owner: null, text: "text", file: "bytes", tags: ["one"] });
    expect((await world.call("GET", `${documents}/${id}`, { as: "nobody" })).statusCode).toBe(200);
    const decided = await patch(id, { decisions: [{ tag: "one", state: "accepted" }] }, "nobody");
    expect(statesOf(DocumentDetail.parse(decided.json()))).toEqual({ one: "accepted" });
    expect((await list("", "nobody")).total).toBe(0);
    world.clock.advance(3_600_001);
    expect(await ask(id, "nobody")).toEqual(new Set([404]));
  });

  it("is not for people without an account where the installation says so", async () => {
    const closed = await createLibraryWorld({ config: { anonymous: false } });
    try {
      const id = await closed.add({ owner: null });
      expect((await closed.call("GET", `${documents}/${id}`, { as: "nobody" })).statusCode).toBe(401);
      expect((await closed.call("GET", documents, { as: "nobody" })).statusCode).toBe(401);
    } finally {
      await closed.close();
    }
  });
});

describe("lists", () => {
  it("sorts, filters and pages", async () => {
    const day = (number: number) => new Date(Date.UTC(2026, 0, number));
    const rows = [
      { title: "beta", pageCount: 3, costNanoUsd: 5, createdAt: day(1), language: "en" },
      { title: "Alpha", pageCount: 9, createdAt: day(2), language: "de", tags: ["Red"] },
      { title: "gamma", costNanoUsd: 900, createdAt: day(3), language: "en", accepted: ["red"] },
      { title: "delta", pageCount: 1, createdAt: day(4), status: "failed", text: null },
    ];
    for (const row of rows) await world.add({ owner: "bob", ...row });
    const titles = async (query: string) => (await list(query, "bob")).documents.map(({ title }) => title).join(" ");
    expect(await titles("")).toBe("delta gamma Alpha beta");
    expect(await titles("sort=oldest")).toBe("beta Alpha gamma delta");
    expect(await titles("sort=title")).toBe("Alpha beta delta gamma");
    expect(await titles("sort=-title")).toBe("gamma delta beta Alpha");
    expect(await titles("sort=pages&limit=3")).toBe("delta beta Alpha");
    expect(await titles("sort=-pages&limit=3")).toBe("Alpha beta delta");
    expect(await titles("sort=-cost&limit=2")).toBe("gamma beta");
    expect(await titles("tag=RED")).toBe("gamma Alpha");
    expect(await titles("tag=blue")).toBe("");
    expect(await titles("language=de")).toBe("Alpha");
    expect(await titles("status=failed")).toBe("delta");
    expect(await titles("limit=2&offset=1")).toBe("gamma Alpha");
    expect((await list("limit=1&offset=100", "bob")).total).toBe(4);
  });

  it("keeps the order of a batch, whose documents are all of one moment", async () => {
    const createdAt = new Date("2026-02-01");
    const titles = Array.from({ length: 9 }, (_, index) => `row ${index}`);
    for (const title of titles) await world.add({ title, createdAt, tags: ["of one batch"] });
    for (const sort of ["newest", "oldest"]) {
      const { documents: rows } = await list(`sort=${sort}&tag=of+one+batch`);
      expect(rows.map(({ title }) => title)).toEqual(titles);
    }
  });

  it("counts what there is", async () => {
    const stats = DocumentStats.parse((await world.call("GET", "/api/history/stats", { as: "bob" })).json());
    expect(stats).toMatchObject({
      total_documents: 4,
      documents_processed: 3,
      documents_failed: 1,
      pages: 13,
      cost_usd: 905e-9,
      documents_by_language: { en: 3, de: 1 },
      tags_by_state: { accepted: 1, suggested: 1 },
    });
    expect(stats.documents_by_day).toHaveLength(30);
    expect(stats.recent_activity).toHaveLength(4);
  });
});

describe("deciding about tags", () => {
  it("accepts, rejects, replaces and takes back", async () => {
    const id = await world.add({ tags: ["keep", "drop", "wrong", "open"] });
    const first = await patch(id, {
      decisions: [
        { tag: "KEEP", state: "accepted" },
        { tag: "drop", state: "rejected" },
        { tag: "wrong", state: "accepted", name: "right" },
      ],
    });
    expect(statesOf(DocumentDetail.parse(first.json()))).toEqual({
      keep: "accepted",
      drop: "rejected",
      wrong: "edited",
      open: "suggested",
      right: "accepted",
    });
    await patch(id, { decisions: [{ tag: "drop", state: "suggested" }] });
    expect(statesOf(await detail(id)).drop).toBe("suggested");
    const unknown = await patch(id, { decisions: [{ tag: "never", state: "accepted" }] });
    expect([unknown.statusCode, Failure.parse(unknown.json()).error.code]).toEqual([400, "not_a_tag_of_the_document"]);
  });

  it("gives exactly the tags of a list", async () => {
    const id = await world.add({ tags: ["one", "two"] });
    await patch(id, { tags: ["Two", "three"] });
    expect(statesOf(await detail(id))).toEqual({ one: "rejected", two: "accepted", three: "accepted" });
    await patch(id, { tags: [] });
    expect(statesOf(await detail(id))).toEqual({ one: "rejected", two: "rejected", three: "rejected" });
  });

  it("finds the document by what was decided, and no longer by what was rejected", async () => {
    const id = await world.add({ title: "Old", tags: ["walrus"] });
    const total = async (query: string) =>
      z.object({ total: z.number() }).parse((await world.call("GET", `${documents}/search?query=${query}`)).json())
        .total;
    await patch(id, { title: "Heron", decisions: [{ tag: "walrus", state: "rejected" }] });
    expect([await total("heron"), await total("walrus"), await total("old")]).toEqual([1, 0, 0]);
  });

  it("loses no decision of two at once", async () => {
    const names = Array.from({ length: 12 }, (_, index) => `tag ${index}`);
    const id = await world.add({ tags: names });
    const answers = await Promise.all(
      names.map((tag) => patch(id, { decisions: [{ tag, state: "accepted", name: `new ${tag}` }] })),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(names.map(() => 200));
    const states = Object.values(statesOf(await detail(id)));
    expect(states.filter((state) => state === "edited")).toHaveLength(12);
    expect(states.filter((state) => state === "accepted")).toHaveLength(12);
  });

  it("notes when a person decided, and not what was accepted by itself", async () => {
    const id = await world.add({ accepted: ["auto"], tags: ["asked"] });
    await patch(id, { decisions: [{ tag: "asked", state: "accepted" }] });
    const rows = await world.database.rows(
      z.object({ name: z.string(), decided: z.boolean() }),
      "select name, decided_at is not null as decided from document_tags where document_id = $1 order by name",
      [id],
    );
    expect(rows).toEqual([
      { name: "asked", decided: true },
      { name: "auto", decided: false },
    ]);
  });
});

describe("text and file", () => {
  it("gives all of the text, and the beginning with the document", async () => {
    const text = "Grüße 😀\n".repeat(150_000);
    const id = await world.add({ text });
    const shown = await detail(id);
    expect([shown.text_truncated, shown.text_characters]).toEqual([true, text.length - 150_000]);
    expect(Array.from(shown.extracted_text)).toHaveLength(200_000);
    const whole = await world.call("GET", `${documents}/${id}/text`);
    expect(whole.headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect(whole.body === text).toBe(true);
    const without = await world.add({ text: null });
    expect((await world.call("GET", `${documents}/${without}/text`)).statusCode).toBe(404);
  });

  it("SEC-30: sends the file as nothing that a browser shows as a page", async () => {
    const id = await world.add({ file: "<script>alert(1)</script>" });
    const { headers, body } = await world.call("GET", `${documents}/${id}/file`);
    expect(body).toBe("<script>alert(1)</script>");
    expect(headers).toMatchObject({
      "content-type": "application/octet-stream",
      "content-disposition": "attachment; filename=file.pdf",
      "content-security-policy": "sandbox; default-src 'none'",
      "x-content-type-options": "nosniff",
    });
  });

  it("draws pages that there are", async () => {
    const id = await world.add({ file: "pdf", pageCount: 2 });
    const page = await world.call("GET", `${documents}/${id}/pages/2?width=300`);
    expect([page.statusCode, page.headers["content-type"], page.body]).toEqual([200, "image/png", "a picture"]);
    expect(drawn.at(-1)).toEqual({ page: 1, widthPx: 300 });
    expect((await world.call("GET", `${documents}/${id}/pages/3`)).statusCode).toBe(404);
  });

  it("makes links that hold for a while, and for nothing else", async () => {
    const id = await world.add({ file: "linked" });
    const made = await world.call("POST", `${documents}/${id}/file-link`);
    const { url } = z.object({ url: z.string() }).parse(made.json());
    const { pathname } = new URL(url);
    const follow = async (path: string) => (await world.call("GET", path, { as: "nobody" })).statusCode;
    expect((await world.call("GET", pathname, { as: "nobody" })).body).toBe("linked");
    for (let at = pathname.lastIndexOf("/") + 1; at < pathname.length; at += 7) {
      const other = pathname[at] === "A" ? "B" : "A";
      expect(await follow(pathname.slice(0, at) + other + pathname.slice(at + 1))).toBe(404);
    }
    world.clock.advance(16 * 60_000);
    expect(await follow(pathname)).toBe(404);
  });
});

describe("deleting", () => {
  it("removes rows, search and object", async () => {
    const before = await world.storedFiles();
    const id = await world.add({ title: "Pelican", file: "bytes", tags: ["bird"] });
    expect(await world.storedFiles()).toBe(before + 1);
    expect((await world.call("DELETE", `${documents}/${id}`)).statusCode).toBe(204);
    expect(await world.storedFiles()).toBe(before);
    const left = await world.database.rows(
      z.object({ count: z.coerce.number() }),
      `select (select count(*) from document_search where document_id = $1)
         + (select count(*) from document_search_titles where document_id = $1)
         + (select count(*) from document_tags where document_id = $1)
         + (select count(*) from document_texts where document_id = $1) as count`,
      [id],
    );
    expect(left).toEqual([{ count: 0 }]);
    expect((await world.call("DELETE", `${documents}/${id}`)).statusCode).toBe(404);
  });
});
