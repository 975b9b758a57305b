/**
 * What reading documents takes and how well it is done, through the server's own child processes. Usage:
 *
 *     npm run bench:documents -- extraction --pdfs folder [--pdfs folder …] [--rounds 4] [--documents 200] [--quick]
 *
 * The folders hold PDFs, best the public test sets of PDF projects (README.md names them); none of them are part of this
 * repository. Writes extraction.json, and fails when a promise is not kept. Needs Linux, whose /proc says what each process
 * used, and poppler's `pdftotext` as the reference for texts in Chinese, Japanese and Korean.
 */
import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { documentExtractionSettings } from "../../server/src/documents/extraction/extraction.config.ts";
import { defaultSettings } from "../../server/src/platform/testing/default-settings.ts";
import { machine } from "../gateway/machine.ts";
import { measureEastAsian } from "./extraction/east-asian.ts";
import { findPdfs } from "./extraction/pdf-files.ts";
import { measureRecognition } from "./extraction/recognition.ts";
import { measureRobustness } from "./extraction/robustness.ts";
import { chooseDocuments, measureSpeed } from "./extraction/speed.ts";

const { values } = parseArgs({
  options: {
    pdfs: { type: "string", multiple: true, default: [] },
    rounds: { type: "string", default: "4" },
    documents: { type: "string", default: "200" },
    quick: { type: "boolean", default: false },
  },
});
if (values.pdfs.length === 0) throw new Error("Give folders of PDFs: --pdfs folder.");

const bars = {
  openedShareOfNotEncrypted: 0.97,
  pagesPerCpuSecond: 300,
  timesPdfjs: 3,
  childMib: 256,
  eastAsianF1: 0.98,
  recognitionCpuSecondsPerPage: 3.5,
};
const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;

const config = defaultSettings(documentExtractionSettings);
const loadBefore = loadavg()[0];
const files = findPdfs(values.pdfs).slice(0, values.quick ? 100 : undefined);
console.log(`${files.length} different files`);

const { read, record: robustness } = await measureRobustness(files, config, 2);
console.log(robustness);
const eastAsian = measureEastAsian(read);
console.log(eastAsian);
const recognition = await measureRecognition(config);
console.log(recognition);
const documents = chooseDocuments(read, Number(values.documents));
const speed = await measureSpeed(documents, config, values.quick ? 1 : Number(values.rounds));

const pagesPerCpuSecond = median(speed.rounds.pdfium.map(({ perCpuSecond }) => perCpuSecond));
const pdfjsPagesPerCpuSecond = median(speed.rounds.pdfjs.map(({ perCpuSecond }) => perCpuSecond));
const lost = robustness.childrenLost;
const verdicts: [string, boolean][] = [
  [
    `opened, of those without a password: ${(100 * robustness.openedShareOfNotEncrypted).toFixed(2)} %`,
    robustness.openedShareOfNotEncrypted >= bars.openedShareOfNotEncrypted,
  ],
  [`crashes ${lost["crash"] ?? 0}, hangs ${lost["timeout"] ?? 0}`, (lost["crash"] ?? 0) + (lost["timeout"] ?? 0) === 0],
  [`failures without a reason: ${robustness.unclassified}`, robustness.unclassified === 0],
  [`pages per CPU second: ${pagesPerCpuSecond.toFixed(0)}`, pagesPerCpuSecond >= bars.pagesPerCpuSecond],
  [
    `times pdf.js: ${(pagesPerCpuSecond / pdfjsPagesPerCpuSecond).toFixed(2)}`,
    pagesPerCpuSecond >= bars.timesPdfjs * pdfjsPagesPerCpuSecond,
  ],
  [
    `most memory of a child: ${robustness.peaksMib["pdfium"] ?? 0} MiB`,
    (robustness.peaksMib["pdfium"] ?? 0) <= bars.childMib,
  ],
  [
    `F1 on ${eastAsian.documents} East Asian documents: ${eastAsian.meanF1.toFixed(4)}`,
    eastAsian.meanF1 >= bars.eastAsianF1,
  ],
  [
    `recognition: ${recognition.cpuSecondsPerPage.toFixed(2)} CPU seconds per page`,
    recognition.cpuSecondsPerPage <= bars.recognitionCpuSecondsPerPage,
  ],
];
for (const [what, kept] of verdicts) console.log(`${kept ? "kept  " : "BROKEN"} ${what}`);

if (!values.quick) {
  const record = {
    what: "Reading PDFs through the server's child processes",
    ...machine(),
    loadOfOthers: { averageBefore: loadBefore },
    files: {
      folders: values.pdfs.map((folder) => basename(folder)),
      count: files.length,
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    },
    bars,
    robustness,
    eastAsian: { documents: eastAsian.documents, meanF1: eastAsian.meanF1 },
    recognition,
    speed: {
      ...speed,
      pages: documents.reduce((sum, { document }) => sum + document.pageCount, 0),
      pagesPerCpuSecond,
      pdfjsPagesPerCpuSecond,
    },
  };
  writeFileSync(new URL("extraction.json", import.meta.url), `${JSON.stringify(record, null, 2)}\n`);
}
process.exitCode = verdicts.every(([, kept]) => kept) ? 0 : 1;
