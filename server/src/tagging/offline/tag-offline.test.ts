import { describe, expect, it } from "vitest";
import { tagOffline, type OfflineTaggingInput } from "./tag-offline.ts";

const tag = (changed: Partial<OfflineTaggingInput>) =>
  tagOffline({
    title: "",
    text: "",
    language: "en",
    languages: [],
    maxTags: 10,
    mode: "free",
    knownTags: [],
    ...changed,
  });
const names = (changed: Partial<OfflineTaggingInput>): string[] => tag(changed).tags.map(({ name }) => name);

const abstract = `Grid computing needs scalable service discovery. We present a service discovery architecture for grid
computing that keeps registries in a distributed hash table. Experiments show that the distributed hash table answers
queries in less time than central registries.`;

const filler = (words: number): string =>
  Array.from({ length: words }, (_, place) => `Nothing about it was said by the ${place}th of them.`).join(" ");
const longText = `Solar panels on public roofs\n\nThe city puts solar panels on the roofs of schools. Each school pays
for its solar panels out of what it saves. ${filler(200)} An invoice was mentioned. ${filler(50)} Solar panels again.`;

describe("the offline tagger", () => {
  it("finds the phrases of a short text", () => {
    const found = names({ text: abstract });
    expect(found).toEqual(expect.arrayContaining(["distributed hash table", "grid computing", "registries"]));
  });

  it("finds what a long text says early and often", () => {
    expect(names({ text: longText })[0]).toBe("solar panels");
  });

  it("finds nothing in nothing", () => {
    expect(tag({ text: "", maxTags: 30 })).toEqual({ tags: [], note: null });
    expect(names({ text: "\n \t 12 34 — and the of", maxTags: 30 })).toEqual([]);
  });

  it("gives as many tags as were asked for and no two of which one begins the other", () => {
    for (const text of [abstract, longText]) {
      for (const maxTags of [1, 3, 30]) {
        const found = names({ text, maxTags });
        expect(found.length).toBeLessThanOrEqual(maxTags);
        for (const one of found) {
          const others = found.filter((other) => other !== one);
          expect(others.some((other) => `${other} `.toLowerCase().startsWith(`${one} `.toLowerCase()))).toBe(false);
        }
      }
    }
  });

  it("believes the title", () => {
    const text = "Roads, parks, trees, harbours and schools.";
    expect(names({ text, maxTags: 1 })).toEqual(["Roads"]);
    expect(names({ text, title: "About the harbour", maxTags: 3 })).toContain("harbours");
    expect(names({ text, maxTags: 3 })).not.toContain("harbours");
  });

  it("shows a word as the text mostly writes it, and no heading in capitals", () => {
    const text = `ANNUAL REPORT\n\n${"The annual report is for UNESCO. ".repeat(3)}HARBOUR AUTHORITY. `;
    expect(names({ text })).toEqual(expect.arrayContaining(["annual report", "UNESCO", "Harbour authority"]));
  });

  it("joins what the end of a line cuts and leaves addresses out", () => {
    const found = names({
      text: "Photo-\nvoltaic modules. See https://example.org/photovoltaic or mail a.b@example.org.",
    });
    expect(found).toContain("Photovoltaic modules");
    expect(found.join(" ")).not.toMatch(/example|http/);
  });

  it.each([
    [
      "de",
      "Die Steuererklärungen der Gemeinde. Die Steuererklärung wird geprüft. Die Steuererklärung ist fertig.",
      "Steuererklärung",
    ],
    [
      "fr",
      "Le budget de la commune. La sécurité routière est une priorité. On parle de sécurité routière.",
      "sécurité routière",
    ],
    ["ru", "Совет говорил про городской бюджет. И на ремонт дорог есть городской бюджет.", "городской бюджет"],
    ["zh", "机器学习是人工智能的一个分支。机器学习算法可以从数据中学习。", "机器学习"],
    ["ja", "東京都は新しい環境政策を発表した。環境政策には再生可能エネルギーの導入が含まれる。", "再生可能エネルギー"],
    ["ko", "서울시는 새로운 교통 정책을 발표했다. 교통 정책은 대중교통 이용을 늘린다.", "교통 정책"],
    ["th", "กระทรวงสาธารณสุขประกาศมาตรการใหม่ มาตรการใหม่นี้จะเริ่มใช้ในเดือนหน้า", "มาตรการใหม่"],
  ])("tags a text in %s", (language, text, expected) => {
    const found = names({ text, language });
    expect(found.map((name) => name.toLowerCase())).toContain(expected.toLowerCase());
  });

  it("tags a text in a language that nobody knows", () => {
    const found = names({ text: "Omukago gwa Uganda gufulumya lipoota ku byokwerinda", language: null });
    expect(found.length).toBeGreaterThan(0);
  });
});

describe("known tags", () => {
  const text = `The invoices of Acme Corp. are about cloud services. It is not IT. ${abstract}`;
  const knownTags = ["Contract", "Invoice", "Cloud Service", "IT", "OT", "Grid computing", "契約"];

  it("go first where they are preferred, in whatever form the text has them", () => {
    const { tags } = tag({ text, mode: "prefer_existing", knownTags });
    const known = tags.filter(({ isNew }) => !isNew).map(({ name }) => name);
    expect(new Set(known)).toEqual(new Set(["Invoice", "Cloud Service", "IT", "Grid computing"]));
    expect(tags.slice(0, known.length).every(({ isNew }) => !isNew)).toBe(true);
    expect(tags.length).toBeGreaterThan(known.length);
  });

  it("are the only ones of a closed list, and only where the text has them", () => {
    for (const language of ["en", null]) {
      const { tags } = tag({ text, mode: "closed", knownTags, language });
      expect(tags.every(({ name, isNew }) => knownTags.includes(name) && !isNew)).toBe(true);
      expect(tags.map(({ name }) => name)).not.toContain("Contract");
    }
    expect(names({ text, mode: "closed", knownTags: ["Contract", "OT"] })).toEqual([]);
    expect(names({ text, mode: "closed", knownTags: [] })).toEqual([]);
  });

  it("take an abbreviation for itself alone", () => {
    expect(names({ text: "It is so.", mode: "closed", knownTags: ["IT"] })).toEqual([]);
    expect(names({ text: "The IT of the city", mode: "closed", knownTags: ["IT"] })).toEqual(["IT"]);
  });

  it("are found in the title and where no spaces are written", () => {
    expect(names({ title: "Invoice 2024", text: "", mode: "closed", knownTags })).toEqual(["Invoice"]);
    expect(names({ text: "本契約書は東京都", language: "ja", mode: "closed", knownTags })).toEqual(["契約"]);
  });

  it("are not preferred for one mention late in a long text, which a closed list allows", () => {
    expect(names({ text: longText, mode: "prefer_existing", knownTags })).not.toContain("Invoice");
    expect(names({ text: longText, mode: "closed", knownTags })).toEqual(["Invoice"]);
  });
});

describe("languages of tags", () => {
  it("are no question where the document is in one of them", () => {
    expect(tag({ text: abstract, languages: ["en"] }).note).toBeNull();
    expect(tag({ text: abstract, languages: ["en"] }).tags.length).toBeGreaterThan(0);
  });

  it("are named where the tagger would have to translate, and no word of another language is a tag", () => {
    const { tags, note } = tag({
      text: abstract,
      languages: ["de", "fr"],
      mode: "prefer_existing",
      knownTags: ["Grid computing"],
    });
    expect(tags).toEqual([{ name: "Grid computing", isNew: false }]);
    expect(note).toContain("cannot translate");
    expect(note).toContain("German, French");
  });

  it("are partly met where the document is in one of several", () => {
    const { tags, note } = tag({ text: abstract, languages: ["en", "de"] });
    expect(tags.length).toBeGreaterThan(0);
    expect(note).toContain("For tags in German");
  });
});

describe("bounds", () => {
  const many = 20_000_000;
  it.each([
    ["words", "en", abstract.repeat(Math.ceil(many / abstract.length))],
    ["letters without a space", "en", "a".repeat(many)],
    ["what looks like an address", "en", "a@".repeat(many / 2)],
    ["Chinese", "zh", "机器学习是人工智能的一个分支。".repeat(many / 15)],
    ["marks", null, `a${"\u0301".repeat(many)}`],
  ])("hold for 20 MB of %s", (_, language, text) => {
    // A hundredfold of what it takes: quadratic work over the whole text would take hours.
    // Of the processor and not of the clock, which also runs while other processes do.
    const before = process.cpuUsage();
    tag({ text, title: text, language, maxTags: 30 });
    expect(process.cpuUsage(before).user).toBeLessThan(20_000_000);
  });
});
