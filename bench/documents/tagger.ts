/**
 * How good the offline tagger's tags are: against key phrases that people chose (F1, stemmed exact match, mean over the
 * documents), whether a closed list is kept, and what a document costs. Usage:
 *
 *     npm run bench:documents -- tagger --keyphrases folder
 *
 * The folder holds the unpacked sets of LIAAD/KeywordExtractor-Datasets, which is not part of this repository. Writes
 * tagger.json, and fails when a promise is not kept.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { tagOffline } from "../../server/src/tagging/offline/tag-offline.ts";
import { machine } from "../gateway/machine.ts";
import { f1Of, readTaggedTexts, type TaggedText } from "./tagger/key-phrases.ts";

const { values } = parseArgs({ options: { keyphrases: { type: "string" } } });
const folder = values.keyphrases;
if (folder === undefined) throw new Error("Give the folder of key phrases: --keyphrases folder.");

/** `bar` is the F1 of ten tags that was promised. */
const sets: readonly { name: string; language: string; bar?: number }[] = [
  { name: "Inspec", language: "en", bar: 25 },
  { name: "SemEval2017", language: "en" },
  { name: "SemEval2010", language: "en", bar: 14 },
  { name: "Nguyen2007", language: "en", bar: 17 },
  { name: "citeulike180", language: "en" },
  { name: "theses100", language: "en" },
  { name: "fao30", language: "en" },
  { name: "500N-KPCrowd-v1.1", language: "en" },
  { name: "WikiNews", language: "fr", bar: 33 },
  { name: "110-PT-BN-KP", language: "pt" },
  { name: "pak2018", language: "pl" },
];
const asked = { title: "", languages: [], maxTags: 15 };

const percent = (shares: readonly number[]): number =>
  Math.round((1000 * shares.reduce((sum, share) => sum + share, 0)) / Math.max(1, shares.length)) / 10;
const quantile = (numbers: readonly number[], share: number): number =>
  Math.round((numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length * share)] ?? 0) * 10) / 10;

function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Tags that are not on the list, where the list is made of what people chose for other documents, too. */
function violationsOf(texts: readonly TaggedText[], language: string): { tags: number; violations: number } {
  const knownTags = [...new Set(texts.flatMap(({ goldNames }) => goldNames))].slice(0, 500);
  const known = new Set(knownTags);
  let tags = 0;
  let violations = 0;
  for (const { text } of texts.slice(0, 100)) {
    const found = tagOffline({ ...asked, text, language, mode: "closed", knownTags }).tags;
    tags += found.length;
    violations += found.filter(({ name, isNew }) => isNew || !known.has(name)).length;
  }
  return { tags, violations };
}

function measure(texts: readonly TaggedText[], language: string) {
  const costsMs: number[] = [];
  const results = texts.map((tagged, index) => {
    let names: string[] = [];
    const question = { ...asked, text: tagged.text, language, mode: "free", knownTags: [] } as const;
    costsMs.push(cpuMs(() => (names = tagOffline(question).tags.map(({ name }) => name))));
    return { isTuned: index % 2 === 0, f1: [5, 10, 15].map((most) => f1Of(names, tagged, language, most)) };
  });
  const f1 = (of: typeof results) => [0, 1, 2].map((place) => percent(of.map((result) => result.f1[place] ?? 0)));
  return {
    documents: texts.length,
    // The numbers in the tagger were chosen by documents of the one half; the other says whether they hold elsewhere.
    f1At5And10And15: f1(results),
    ofTunedHalf: f1(results.filter(({ isTuned }) => isTuned)),
    ofOtherHalf: f1(results.filter(({ isTuned }) => !isTuned)),
    cpuMs: { median: quantile(costsMs, 0.5), p95: quantile(costsMs, 0.95) },
    closedList: violationsOf(texts, language),
  };
}

const results = sets.flatMap(({ name, language, bar }) => {
  const texts = readTaggedTexts(join(folder, name), language);
  if (texts === undefined) return [];
  const result = { set: name, language, ...(bar === undefined ? {} : { bar }), ...measure(texts, language) };
  console.log(name, JSON.stringify(result));
  return [result];
});
if (results.length === 0) throw new Error(`${folder} holds none of ${sets.map(({ name }) => name).join(", ")}.`);

const long = readTaggedTexts(join(folder, "SemEval2010"), "en")?.at(0)?.text ?? "A text of words. ";
const huge = long.repeat(Math.ceil(20_000_000 / long.length));
const hugeCpuMs = Math.round(
  cpuMs(() => tagOffline({ ...asked, text: huge, language: "en", mode: "free", knownTags: [] })),
);
console.log(`20 MB of text: ${hugeCpuMs} ms of processor time`);

writeFileSync(
  join(import.meta.dirname, "tagger.json"),
  `${JSON.stringify({ ...machine(), results, cpuMsOf20Megabytes: hugeCpuMs }, null, 2)}\n`,
);
const broken = results.filter(
  ({ bar, f1At5And10And15: [, f1 = 0], closedList }) => f1 < (bar ?? 0) || closedList.violations > 0,
);
if (broken.length > 0) {
  console.error(`Tags are worse than was promised on ${broken.map(({ set }) => set).join(", ")}.`);
  process.exitCode = 1;
}
