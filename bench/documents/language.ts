/**
 * How often the language of a text is told rightly: single sentences, and texts of eight of them as a document has.
 * Usage:
 *
 *     npm run bench:documents -- language --sentences folder
 *
 * The folder holds one file for each language, `en.txt` with one sentence a line: that of pemistahl/lingua-go, 75 languages
 * with 1,000 sentences each, is `cmd/language-testdata/sentences`. It is not part of this repository. Writes language.json,
 * and fails when a promise is not kept.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { detectLanguage } from "../../server/src/documents/language/detect-language.ts";
import { machine } from "../gateway/machine.ts";

const { values } = parseArgs({ options: { sentences: { type: "string" } } });
const folder = values.sentences;
if (folder === undefined) throw new Error("Give the folder of sentences: --sentences folder.");

const bars = { all: 93.5, shared: 99.5 };
const sentencesPerText = 8;
/** Languages that all detectors know with which the choice was made: eld, cld3, tinyld, franc. */
const shared = new Set(
  "ar be bg bn cs de el en es fa fr gu he hi hu it ja ko pl pt ro ru sr sv ta te th tl tr uk ur vi zh".split(" "),
);
/** Both written forms of Norwegian count as Norwegian. */
const codeOf = (file: string): string => {
  const code = file.slice(0, -4);
  return code === "nb" || code === "nn" ? "no" : code;
};

const mean = (numbers: readonly number[]): number =>
  Math.round((10_000 * numbers.reduce((sum, number) => sum + number, 0)) / numbers.length) / 100;

async function rightShare(texts: readonly string[], code: string, mistakes: Map<string, number>): Promise<number> {
  let right = 0;
  for (const text of texts) {
    const found = (await detectLanguage(text))?.code ?? "none";
    if (found === code) right += 1;
    else mistakes.set(`${code} as ${found}`, (mistakes.get(`${code} as ${found}`) ?? 0) + 1);
  }
  return right / texts.length;
}

async function measure(perText: number) {
  const mistakes = new Map<string, number>();
  const shares: { isShared: boolean; share: number }[] = [];
  let texts = 0;
  const cpuBefore = process.cpuUsage();
  for (const file of readdirSync(folder ?? "").filter((name) => name.endsWith(".txt"))) {
    const code = codeOf(file);
    const lines = readFileSync(join(folder ?? "", file), "utf8").split("\n");
    const sentences = lines.map((line) => line.trim()).filter((line) => line !== "");
    const joined = Array.from({ length: Math.floor(sentences.length / perText) }, (_, index) =>
      sentences.slice(index * perText, (index + 1) * perText).join(" "),
    );
    shares.push({ isShared: shared.has(code), share: await rightShare(joined, code, mistakes) });
    texts += joined.length;
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    sentencesPerText: perText,
    languages: shares.length,
    texts,
    accuracyAll: mean(shares.map(({ share }) => share)),
    accuracyShared: mean(shares.filter(({ isShared }) => isShared).map(({ share }) => share)),
    cpuMicrosecondsPerText: Math.round((user + system) / texts),
    mostFrequentMistakes: Object.fromEntries([...mistakes].sort(([, one], [, other]) => other - one).slice(0, 15)),
  };
}

await detectLanguage("The first call loads the detectors.");
const sentences = await measure(1);
const documents = await measure(sentencesPerText);
console.table([sentences, documents], ["texts", "accuracyAll", "accuracyShared", "cpuMicrosecondsPerText"]);
writeFileSync(
  join(import.meta.dirname, "language.json"),
  `${JSON.stringify({ ...machine(), bars, sentences, documents }, null, 2)}\n`,
);
if (documents.accuracyAll < bars.all || documents.accuracyShared < bars.shared) {
  console.error("Languages are told worse than was promised.");
  process.exitCode = 1;
}
