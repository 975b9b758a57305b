import { describe, expect, it } from "vitest";
import { cleanNames } from "./clean-name.ts";
import { finalTags } from "./final-tags.ts";

const clean = (raw: string): string[] => cleanNames(raw, ["en"]);

describe("a name that somebody wrote", () => {
  it.each([
    ["  Machine   learning ", ["Machine learning"]],
    ["#invoice", ["invoice"]],
    ["**Invoice**", ["Invoice"]],
    ["Invoice (from Acme, due in May)", ["Invoice"]],
    ["<b>Tax</b> law", ["Tax law"]],
    ["Berlin, Germany; Europe", ["Berlin", "Germany", "Europe"]],
    ["Cafe\u0301", ["Café"]],
    ["in\u202evoice\u200b", ["invoice"]],
    ["C++", ["C++"]],
    ["C#", ["C#"]],
    [".NET", [".NET"]],
    ["Node.js", ["Node.js"]],
    ["TCP/IP", ["TCP/IP"]],
    ["R&D", ["R&D"]],
    ["IT", ["IT"]],
    ["2024", ["2024"]],
    ["می\u200cخواهم", ["می\u200cخواهم"]],
    ["契約書", ["契約書"]],
    ["Überweisung.", ["Überweisung"]],
  ])("%j becomes %j", (raw, names) => expect(clean(raw)).toEqual(names));

  it.each([
    "",
    "   ",
    "...",
    "the",
    "and the",
    "a",
    "123456",
    "https://evil.example/x",
    "see evil.com",
    "www.evil.example",
    "javascript:alert(1)",
    "me@example.org",
    "this is a whole sentence of words",
    "x".repeat(61),
    "y".repeat(10_000),
    "\u0000\u0007",
    "z\u0300\u0301\u0302\u0303\u0304\u0305algo",
    "a`b",
    "\u{e0041}\u{e0042}",
    "\ue000private",
    '{"tags":["x"]}',
  ])("%j is no tag", (raw) => expect(clean(raw)).toEqual([]));
});

const final = (suggested: string[], changed: Partial<Parameters<typeof finalTags>[0]> = {}) =>
  finalTags({ suggested, knownTags: [], mode: "free", maxTags: 10, languages: ["en"], ...changed });
const names = (tags: { name: string }[]): string[] => tags.map(({ name }) => name);

describe("the tags of a document", () => {
  it("hold no twins: singular and plural, case, accents, spaces and hyphens", () => {
    const tags = final(["Invoice", "invoices", "INVOICE", "e-mail", "Email", "e mail", "résumé", "Resume"]);
    expect(names(tags)).toEqual(["Invoice", "e-mail", "résumé"]);
  });

  it("are not one for their signs", () => {
    expect(names(final(["C++", "C#", "c++"]))).toEqual(["C++", "C#"]);
  });

  it("are the known ones where there is one, also by another spelling", () => {
    const tags = final(["organization", "Invoices", "contracts law", "new thing"], {
      knownTags: ["Organisation", "invoice", "Contract law"],
    });
    expect(tags).toEqual([
      { name: "Organisation", isNew: false },
      { name: "invoice", isNew: false },
      { name: "Contract law", isNew: false },
      { name: "new thing", isNew: true },
    ]);
  });

  it("are not taken for others that look alike", () => {
    const knownTags = ["Invoice 2023", "Austria", "hypotension", "conductive charging", "export tax"];
    const suggested = ["Invoice 2024", "Australia", "hypertension", "inductive charging", "import tax"];
    expect(names(final(suggested, { knownTags }))).toEqual(suggested);
  });

  it("are at most as many as were asked for", () => {
    expect(final(["one two", "three", "four", "five, six, seven"], { maxTags: 2 })).toHaveLength(2);
    expect(names(final(["alpha, beta, gamma"], { maxTags: 2 }))).toEqual(["alpha", "beta"]);
  });

  it("in closed mode are on the list, whatever was suggested", () => {
    const knownTags = ["Invoice", "Contract", "It's a long name of five words", "C++", "Überweisung"];
    let state = 7;
    const random = (bound: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((state / 2_147_483_648) * bound);
    };
    const pieces = [
      "Invoice",
      "invoices",
      "Contract",
      "c++",
      "uberweisung",
      "-",
      " ",
      ",",
      "\u202e",
      "<b>",
      "(x)",
      "🙂",
      "é",
    ];
    for (let round = 0; round < 2_000; round += 1) {
      const suggested = Array.from({ length: 1 + random(12) }, () =>
        Array.from({ length: 1 + random(4) }, () => pieces[random(pieces.length)]).join(""),
      );
      const tags = final(suggested, { knownTags, mode: "closed" });
      expect(tags.every(({ name, isNew }) => knownTags.includes(name) && !isNew)).toBe(true);
      expect(new Set(names(tags)).size).toBe(tags.length);
    }
    expect(final(knownTags, { knownTags, mode: "closed" })).toHaveLength(knownTags.length);
  });
});
