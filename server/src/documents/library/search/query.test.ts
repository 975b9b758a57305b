import { describe, expect, it } from "vitest";
import { editDistance } from "./edit-distance.ts";
import { correctableWords, likelyBeginnings, likeliest, withWords } from "./correct-query.ts";
import { createMarker } from "./find-marks.ts";
import { highlightAll, snippetsOf } from "./highlight.ts";
import { parseQuery } from "./parse-query.ts";
import { searchVectorsOf } from "./search-vector.ts";
import { createSpelledAlike, likenessOf } from "./spelled-alike.ts";
import { toTsQuery } from "./ts-query.ts";

const matching = (text: string): string =>
  toTsQuery(parseQuery(text).groups, { required: [["@me"]], languages: ["en"], tagsOf: () => [] }).matching;

describe("a query", () => {
  it.each([
    ['"exact phrase"', `'@me' & (('exact' <1> 'phrase'))`],
    ["機械学習", `'@me' & (('機械' & '械学' & '学習'))`],
    ["車", `'@me' & (('車':*))`],
    ["it -is", `'@me' & ((('it' | '~it'))) & !((('is' | '~is')))`],
    ["it OR is", `'@me' & ((('it' | '~it')) | (('is' | '~is')))`],
  ])("%s", (text, expected) => expect(matching(text)).toBe(expected));

  it("takes the last word for the beginning of one, unless it is quoted, excluded or short", () => {
    expect(matching("tax retur")).toContain("'retur':*");
    for (const text of ['tax "retur"', "tax -retur", "tax re"]) expect(matching(text)).not.toContain(":*");
  });

  it("is bounded", () => {
    const { groups } = parseQuery("word ".repeat(60));
    expect(groups.length).toBeLessThanOrEqual(16);
  });
});

describe("spelling mistakes", () => {
  it.each([
    ["invoice", "invoice", 0],
    ["invocie", "invoice", 1],
    ["invoce", "invoice", 1],
    ["invoicee", "invoice", 1],
    ["kitten", "sitting", 3],
    ["", "ab", 2],
  ])("from %s to %s", (first, second, distance) => expect(editDistance(first, second)).toBe(distance));

  it("are mended by the word with the fewest, then the most frequent", () => {
    const known = [
      { word: "invoice", documents: 1 },
      { word: "invoke", documents: 99 },
      { word: "incise", documents: 99 },
    ];
    expect(likeliest("invocie", known)).toBe("invoice");
    expect(likeliest("xylophone", known)).toBeUndefined();
    expect(likeliest("form", [{ word: "from", documents: 1 }])).toBe("from");
    expect(likeliest("form", [{ word: "front", documents: 1 }])).toBeUndefined();
  });

  it("are replaced where they stand, and all else stays", () => {
    const query = parseQuery('tennant "tennant" -tennant 1234 landlrod!');
    const words = correctableWords(query);
    expect(words.map(({ piece }) => piece.folded)).toEqual(["tennant", "landlrod"]);
    const fixed = withWords(
      query,
      words.map(({ piece }, index) => ({ piece, word: index === 0 ? "tenant" : "landlord" })),
    );
    expect(fixed.text).toBe('tenant "tennant" -tennant 1234 landlord!');
  });
});

describe("words that are spelled alike", () => {
  it.each([
    ["invocie", ["invoice", "invoices"]],
    ["pgoas", ["pogas"]],
    ["größe", ["größen", "grösse"]],
  ])("%s: %s", (word, alike) => {
    const others = ["voice", "~invoice", "#invocie", "contract", "office", "straße", "東京都庁", "pages"];
    expect([...alike, ...others].filter(createSpelledAlike(word))).toEqual(alike);
  });

  it("are told from others by the same measure as pg_trgm's", () => {
    expect(likenessOf("word", "words")).toBeCloseTo(4 / 7);
    expect(likenessOf("banana", "bananas")).toBeCloseTo(5 / 8);
    expect(likenessOf("tset", "test")).toBeCloseTo(1 / 9);
  });
});

describe("beginnings of what may have been meant", () => {
  it.each([
    ["lanldord", "landlord"],
    ["ladnlord", "landlord"],
    ["alndlord", "landlord"],
    ["lanndlord", "landlord"],
    ["landlorrd", "landlord"],
    ["tnes", "tens"],
    ["東京都庁舎", "東京都庁"],
  ])("%s: %s", (mistaken, meant) => {
    expect(likelyBeginnings(mistaken).some((beginning) => meant.startsWith(beginning))).toBe(true);
  });
});

describe("marks", () => {
  const marksOf = (text: string, query: string, language: string | null = "en") => {
    const terms = parseQuery(query).groups.flat();
    return createMarker({ terms, languages: ["en", "de", "ga"] })(text, language);
  };
  const marked = (text: string, query: string, language?: string | null) =>
    marksOf(text, query, language).map(({ start, end }) => text.slice(start, end));

  it("are the words in all their forms", () => {
    expect(marked("She runs; running, RUN. Rerun!", "run")).toEqual(["runs", "running", "RUN"]);
    expect(marked("Die Größe", "grosse", "de")).toEqual(["Größe"]);
    expect(marked("ﬁnance and Finances", "finance")).toEqual(["ﬁnance", "Finances"]);
  });

  it("are phrases only where their words follow each other", () => {
    expect(marked("red car, car red, red car", '"red car"')).toEqual(["red", "car", "red", "car"]);
    expect(marked("covid 19 and 19 covid", "covid-19")).toEqual(["covid", "19"]);
  });

  it("are every place in a script without spaces, also behind an emoji", () => {
    expect(marked("😀学習学習機", "学習", "ja")).toEqual(["学習", "学習"]);
    expect(marked("東京都の賃貸", "都", "ja")).toEqual(["都"]);
  });

  it("stay inside of what is shown, whatever the text is", () => {
    for (const text of ["x".repeat(5000), "😀".repeat(2000), "a b\n".repeat(2000), "学".repeat(3000)]) {
      for (const query of ["x", "a", "学", "b -a"]) {
        const marks = marksOf(text, query);
        for (const shown of [highlightAll(text, marks), ...snippetsOf(text, marks)]) {
          expect(shown.text.isWellFormed()).toBe(true);
          expect(shown.marks.every(({ start, end }) => start >= 0 && start < end && end <= shown.text.length)).toBe(
            true,
          );
        }
        expect(snippetsOf(text, marks).length).toBeLessThanOrEqual(3);
      }
    }
  });

  it("of a text with very many are those that the same snippets are made of", () => {
    const text = "The tax is due, and so is another. ".repeat(500);
    const marks = marksOf(text, "tax");
    expect(marks.length).toBeLessThan(60);
    const shown = snippetsOf(text, marks);
    const all = [...text.matchAll(/tax/g)].map(({ index }) => ({ start: index, end: index + 3, term: 0 }));
    expect(shown).toEqual(snippetsOf(text, all));
  });

  it("choose the places with most of the words", () => {
    const text = `${"tax filler ".repeat(100)} the tax and the treaty ${"filler ".repeat(300)}`;
    const [first] = snippetsOf(text, marksOf(text, "tax treaty"));
    expect(snippetsOf(text, marksOf(text, "tax treaty")).some((shown) => shown.text.includes("treaty"))).toBe(true);
    expect(first?.text.length).toBeLessThan(300);
  });
});

describe("vectors", () => {
  it("stay below what PostgreSQL takes", async () => {
    const text = Array.from({ length: 300_000 }, (_, index) => `wort${index}`).join(" ");
    const tags = [{ id: "tag_1", accepted: true }];
    const { full, short } = await searchVectorsOf({ userId: "me", title: "T", tags, text, language: "de" });
    expect(Buffer.byteLength(full)).toBeLessThan(2_000_000);
    expect(short).toBe("'t':1A '#tag_1':12A '@me' ':de'");
  });

  it("escape what would end a lexeme", async () => {
    const { full } = await searchVectorsOf({ userId: "a'b\\c", title: "", tags: [], text: "it's", language: null });
    expect(full).toContain(String.raw`'@a''b\\c'`);
  });
});
