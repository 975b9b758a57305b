import { SearchResult } from "@llm-tuner/contract/documents.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLibraryWorld, type LibraryWorld } from "../testing/library-world.ts";

let world: LibraryWorld;
const ids: Record<string, string> = {};

const marked = ({ text, marks }: { text: string; marks: { start: number; end: number }[] }): string[] =>
  marks.map(({ start, end }) => text.slice(start, end));

async function search(query: string, more: Record<string, string> = {}, as: "ann" | "bob" = "ann") {
  const parameters = new URLSearchParams({ query, ...more });
  const response = await world.call("GET", `/api/history/documents/search?${String(parameters)}`, { as });
  expect(response.statusCode, response.body).toBe(200);
  return SearchResult.parse(response.json());
}
const found = async (query: string, more: Record<string, string> = {}): Promise<string[]> => {
  const { hits } = await search(query, more);
  return hits.map(({ document }) => Object.entries(ids).find(([, id]) => id === document.id)?.[0] ?? document.id);
};

beforeAll(async () => {
  world = await createLibraryWorld();
  ids.lease = await world.add({
    title: "Lease agreement",
    text: "The tenant pays the rent. Running costs are paid by the tenants; the landlord keeps invoices.",
    accepted: ["Contracts"],
    tags: ["housing"],
  });
  ids.invoice = await world.add({
    title: "Invoice 2024-117",
    text: "Amount due within thirty days. Payment by bank transfer.",
    tags: ["Invoices"],
  });
  ids.rechnung = await world.add({
    title: "Überweisung",
    text: "Die Rechnungen für Größe und Straße wurden bezahlt. Mahnung folgt.",
    language: "de",
    accepted: ["Rechnung"],
  });
  ids.chinese = await world.add({
    title: "机器学习入门",
    text: "本文介绍机器学习模型的训练数据和评估方法，适合初学者。",
    language: "zh",
  });
  ids.japanese = await world.add({
    title: "契約書",
    text: "東京都の賃貸契約書です。テーブルの上にあります。",
    language: "ja",
  });
  ids.thai = await world.add({ title: "ไทย", text: "สัญญาเช่าบ้านในกรุงเทพมหานคร", language: "th" });
  ids.foreign = await world.add({ owner: "bob", title: "Lease of Bob", text: "tenant tenant tenant" });
});
afterAll(() => world.close());

describe("what is found", () => {
  it.each([
    ["tenant", ["lease"]],
    ["TENANT rent", ["lease"]],
    // Other forms of a word, and the beginning of one.
    ["invoices", ["invoice", "lease"]],
    ["run", ["lease"]],
    ["paym", ["invoice"]],
    // Without accents, and in other spellings of the same letters.
    ["uberweisung", ["rechnung"]],
    ["grosse strasse", ["rechnung"]],
    ["ÜBERWEISUNG", ["rechnung"]],
    ["rechnung", ["rechnung"]],
    // Words of tags.
    ["housing", ["lease"]],
    ["contract", ["lease"]],
    // Phrases in their order, without, and either of two.
    ['"running costs"', ["lease"]],
    ['"costs running"', []],
    ["pays -landlord", []],
    ["amount -landlord", ["invoice"]],
    ["landlord OR transfer", ["invoice", "lease"]],
    ["2024-117", ["invoice"]],
    // Any part of a text without spaces.
    ["训练", ["chinese"]],
    ["模型的训练数据", ["chinese"]],
    ['"学习模型"', ["chinese"]],
    ["数练", []],
    ["初", ["chinese"]],
    ["者", ["chinese"]],
    ["契約", ["japanese"]],
    ["ﾃｰﾌﾞﾙ", ["japanese"]],
    ["กรุงเทพ", ["thai"]],
  ])("%s", async (query, expected) => {
    expect((await found(query)).toSorted()).toEqual(expected.toSorted());
  });

  it("puts title before tags before text", async () => {
    const inText = await world.add({ title: "One", text: "A zebra." });
    const inTag = await world.add({ title: "Two", text: "Nothing.", tags: ["zebra"] });
    const inTitle = await world.add({ title: "Zebra", text: "Nothing." });
    const { hits } = await search("zebra");
    expect(hits.map(({ document }) => document.id)).toEqual([inTitle, inTag, inText]);
  });

  it("pages through everything once, and says how many there are on every page", async () => {
    const all = await Promise.all(Array.from({ length: 7 }, (_, index) => world.add({ text: `giraffe ${index}` })));
    const seen: string[] = [];
    for (const offset of [0, 3, 6, 9]) {
      const page = await search("giraffe", { limit: "3", offset: String(offset) });
      expect(page.total).toBe(7);
      seen.push(...page.hits.map(({ document }) => document.id));
    }
    expect(seen.toSorted()).toEqual(all.toSorted());
  });

  it("gives those with the words in their titles first, over the bounds of pages", async () => {
    const titled = await Promise.all(Array.from({ length: 5 }, () => world.add({ title: "Axolotl" })));
    const others = await Promise.all(Array.from({ length: 4 }, () => world.add({ text: "An axolotl smiles." })));
    const seen: string[] = [];
    for (const offset of [0, 3, 6, 9]) {
      const page = await search("axolotl", { limit: "3", offset: String(offset) });
      expect([page.total, page.facets.languages[0]?.count]).toEqual([9, 9]);
      seen.push(...page.hits.map(({ document }) => document.id));
    }
    expect(seen.slice(0, 5).toSorted()).toEqual(titled.toSorted());
    expect(seen.slice(5).toSorted()).toEqual(others.toSorted());
    const without = await search("axolotl -smiles", { limit: "3" });
    expect([without.total, without.hits.length]).toEqual([5, 3]);
  });

  it("goes on by age behind those that are ranked", async () => {
    const first = await world.add({ text: "quagga", createdAt: new Date("2020-01-01") });
    await world.database.execute(
      `insert into documents (id, job_id, user_id, position, title, file_name, status, created_at)
       select 'doc_copy' || lpad(number::text, 18, '0'), job_id, user_id, 1000 + number, title, file_name, status,
         created_at + number * interval '1 day'
       from documents, generate_series(1, 450) number where id = $1`,
      [first],
    );
    await world.database.execute(
      `insert into document_search (created_at, document_id, user_id, vector)
       select copy.created_at, copy.id, copy.user_id, vector
       from document_search join documents copy on copy.id like 'doc_copy%' where document_id = $1`,
      [first],
    );
    const seen = new Set<string>();
    for (const offset of [0, 100, 200, 300, 400]) {
      const page = await search("quagga", { limit: "100", offset: String(offset) });
      for (const { document } of page.hits) seen.add(document.id);
    }
    expect(seen.size).toBe(451);
    const last = await search("quagga", { limit: "1", offset: "450" });
    expect(last.hits[0]?.document.id).toBe(first);
    await world.database.execute("delete from documents where id like 'doc_copy%' or id = $1", [first]);
  });

  it("counts facets over the newest hits, also where most newer documents are no hits", async () => {
    const first = await world.add({ text: "okapi", createdAt: new Date("2020-01-01") });
    const copy = async (name: string, documents: number, vector: string, language: string) => {
      await world.database.execute(
        `insert into documents (id, job_id, user_id, position, title, file_name, status, created_at, language)
         select $2 || lpad(number::text, 18, '0'), job_id, user_id, (select max(position) from documents) + number, title,
           file_name, status, created_at + number * interval '1 hour', $4
         from documents, generate_series(1, $3::int) number where id = $1`,
        [first, name, documents, language],
      );
      await world.database.execute(
        `insert into document_search (created_at, document_id, user_id, vector)
         select copy.created_at, copy.id, copy.user_id, ${vector}
         from document_search join documents copy on copy.id like $2 || '%' where document_id = $1`,
        [first, name],
      );
    };
    const languages = async () => {
      const { total, facets } = await search("okapi");
      return [total, facets.languages];
    };
    await copy("doc_hit", 599, "vector", "fr");
    expect(await languages()).toEqual([600, [{ value: "fr", count: 500 }]]);
    await copy("doc_none", 2100, "array_to_tsvector(array['@' || copy.user_id])", "de");
    expect(await languages()).toEqual([600, [{ value: "fr", count: 500 }]]);
    await copy("doc_late", 3, "vector", "es");
    await world.database.execute("update documents set created_at = now() where id like 'doc_late%'");
    await world.database.execute("update document_search set created_at = now() where document_id like 'doc_late%'");
    expect(await languages()).toEqual([
      603,
      [
        { value: "fr", count: 497 },
        { value: "es", count: 3 },
      ],
    ]);
    await world.database.execute("delete from documents where id ~ '^doc_(hit|none|late)' or id = $1", [first]);
  });

  it("finds nothing of somebody else", async () => {
    expect(await found("tenant")).toEqual(["lease"]);
    const { hits, facets } = await search("tenant", {}, "bob");
    expect(hits.map(({ document }) => document.title)).toEqual(["Lease of Bob"]);
    expect(facets.tags).toEqual([]);
  });
});

describe("filters and facets", () => {
  it("counts tags and languages of the hits", async () => {
    const { facets } = await search("invoice OR tenant OR rechnung");
    expect(facets.languages).toEqual([
      { value: "en", count: 2 },
      { value: "de", count: 1 },
    ]);
    expect(facets.tags).toEqual(
      ["Contracts", "housing", "Invoices", "Rechnung"].map((value) => expect.objectContaining({ value, count: 1 })),
    );
  });

  it("narrows by tag, language, status and job", async () => {
    const query = "invoice OR tenant OR rechnung";
    expect(await found(query, { tag: "HOUSING" })).toEqual(["lease"]);
    expect(await found(query, { tag: "no such tag" })).toEqual([]);
    expect(await found(query, { language: "de" })).toEqual(["rechnung"]);
    expect((await search(query, { status: "completed" })).total).toBe(3);
    expect((await search(query, { status: "failed" })).total).toBe(0);
    expect((await search(query, { job_id: "batch_000000000000000000000x" })).total).toBe(0);
  });
});

describe("highlights", () => {
  it("gives places, never markup", async () => {
    const { hits } = await search("tenant invoices");
    const [hit] = hits;
    expect(hit?.snippets.flatMap(marked)).toEqual(["tenant", "tenants", "invoices"]);
    expect(hit?.title.marks).toEqual([]);
  });

  it("marks what accents, forms and scripts let it find", async () => {
    const [german] = (await search("uberweisung rechnung")).hits;
    expect([german?.title, ...(german?.snippets ?? [])].flatMap((shown) => (shown ? marked(shown) : []))).toEqual([
      "Überweisung",
      "Rechnungen",
    ]);
    const [chinese] = (await search("机器学习")).hits;
    expect(chinese && marked(chinese.title)).toEqual(["机器学习"]);
    expect(chinese?.snippets.flatMap(marked)).toEqual(["机器学习"]);
  });

  it("shows the place in a long text, also far back", async () => {
    const id = await world.add({ title: "Long", text: `${"word ".repeat(30_000)} the Okapi sleeps` });
    const { hits } = await search("okapi");
    expect(hits.map(({ document }) => document.id)).toEqual([id]);
    expect(hits[0]?.snippets.flatMap(marked)).toEqual(["Okapi"]);
  });
});

describe("mistakes in typing", () => {
  it("searches for what was meant, and says so", async () => {
    const result = await search("tennant landlrod");
    expect(result.corrected).toBe("tenant landlord");
    expect(result.hits.map(({ document }) => document.id)).toEqual([ids.lease]);
  });

  it("knows words of titles and tags", async () => {
    expect((await search("agreemnet")).corrected).toBe("agreement");
    expect((await search("housnig")).corrected).toBe("housing");
  });

  it("knows a word of a title also by two mistakes", async () => {
    await world.add({ title: "Photographic" });
    expect((await search("photogarphik")).corrected).toBe("photographic");
  });

  it("knows words of any document that begin as it was typed, or nearly so", async () => {
    await world.add({ title: "Rare", text: "The quokka hopped.", createdAt: new Date("2001-01-01") });
    const made = Array.from({ length: 30 }, (_, index) => world.add({ text: `later ${index}` }));
    await Promise.all(made);
    for (const typed of ["quokak", "qoukka", "quuokka"]) expect((await search(typed)).corrected).toBe("quokka");
  });

  it("leaves alone what is known, quoted, short or like nothing", async () => {
    for (const query of ['"tennant"', "landlord mahnung", "tnt", "xylophonically"]) {
      const result = await search(query);
      expect([query, result.total, result.corrected]).toEqual([query, 0, null]);
    }
  });

  it("never takes a word from somebody else's documents", async () => {
    await world.add({ owner: "bob", title: "Mongoose", text: "mongoose" });
    expect((await search("mongose")).corrected).toBeNull();
  });
});

describe("hostile input", () => {
  it.each([
    "'",
    "''':*",
    "a & | ! ( ) <-> :* b",
    "\\",
    "'; drop table documents; --",
    '"""""',
    "-",
    "- -- ---",
    "OR OR OR",
    "😀👩‍👩‍👧‍👦",
    "\u0000tenant\u0000",
    "%_\\%",
    "@user_bobbobbobbobbobbobbob",
    "#tag",
    "~stem",
    "\ud800",
    "a".repeat(300),
    "a b ".repeat(75),
    `"${"契約".repeat(140)}"`,
    "½ ⅷ ㎏ ﷺ ⑴",
  ])("answers %j", async (query) => {
    const parameters = `query=${encodeURIComponent(query.toWellFormed())}`;
    const response = await world.call("GET", `/api/history/documents/search?${parameters}`);
    expect([200, 400]).toContain(response.statusCode);
    if (response.statusCode === 200) SearchResult.parse(response.json());
  });

  it("does not find by the marks of the index", async () => {
    await world.add({ owner: "bob", title: "secret of bob" });
    expect((await search("@user_bobbobbobbobbobbobbob")).total).toBe(0);
    expect((await search("userbobbobbobbobbobbobbob")).total).toBe(0);
  });

  it("indexes a text beyond PostgreSQL's bounds without an error", async () => {
    const many = Array.from({ length: 200_000 }, (_, index) => `w${index.toString(36)}x${index}`).join(" ");
    const id = await world.add({
      title: "Giant",
      text: `narwhal ${many} ${"契約書の東京".repeat(100_000)} '\\ \u00ad`,
    });
    expect((await search("narwhal")).hits.map(({ document }) => document.id)).toEqual([id]);
    const one = await world.add({ title: "One word", text: "x".repeat(3_000_000) });
    expect((await search("word xxxx")).hits.map(({ document }) => document.id)).toEqual([one]);
  });
});
