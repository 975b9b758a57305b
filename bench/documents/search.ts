/**
 * What searching and listing documents costs: 20,000 documents of 3,000 characters on a PostgreSQL of the server's own
 * kind, asked through the server's HTTP application as a client asks, in rounds that alternate between all questions.
 * Beside them stands what a search costs that knows no index: `ilike` over the texts, newest 20. Usage:
 *
 *     node bench/documents/search.ts [--documents 20000] [--characters 3000] [--rounds 21] [--data folder]
 *
 * With `--data folder` the indexed documents stay in that folder, and the next run with it asks without indexing.
 * Prints a table and writes bench/documents/search.json. The first rounds warm up the caches and are not counted.
 * Numbers of a shared machine are only indications; the ratios count.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { createDocumentLibrary } from "../../server/src/documents/library/create-document-library.ts";
import { createFileObjectStore } from "../../server/src/platform/object-store/file-object-store.ts";
import { authenticatorOf, createTestApp, testCaller } from "../../server/src/platform/testing/test-app.ts";
import { systemClock as clock } from "../../server/src/platform/time/clock.ts";
import { startBenchDatabase } from "../bench-database.ts";
import { addDocuments, countDocuments } from "./search-documents.ts";
import { createTextSource } from "./search-texts.ts";

const { values } = parseArgs({
  options: {
    documents: { type: "string", default: "20000" },
    characters: { type: "string", default: "3000" },
    rounds: { type: "string", default: "21" },
    data: { type: "string" },
  },
});
const documents = Number(values.documents);
const characters = Number(values.characters);
const rounds = Number(values.rounds);
const warmUpRounds = 3;

const userId = "user_bench00000000000000000";
const { database, stop } = await startBenchDatabase(values.data);
const folder = await mkdtemp(join(tmpdir(), "llm-tuner-search-"));
const library = createDocumentLibrary({
  database,
  objectStore: createFileObjectStore({ root: folder }),
  extractor: { renderPage: () => Promise.reject(new Error("no page is drawn here")) },
  trainingData: { create: () => Promise.reject(new Error("no data set is made here")) },
  jobsByStatus: async () => ({}),
  linkKey: new Uint8Array(32),
  publicUrl: () => "http://localhost",
  audit: { record: async () => undefined, note: async () => undefined },
  clock,
  config: { anonymous: true },
});
const app = await createTestApp({
  modules: [{ routes: library.routes, workers: [] }],
  authenticator: authenticatorOf({ bench: testCaller({ userId }) }),
  config: { readPerMinute: 1_000_000_000 },
});

async function get(path: string): Promise<void> {
  const response = await app.inject({ method: "GET", url: path, headers: { authorization: "Bearer bench" } });
  if (response.statusCode !== 200) throw new Error(`${path} answered ${response.statusCode}: ${response.body}`);
}

interface Question {
  group: string;
  name: string;
  ask: () => Promise<void>;
  waitsMs: number[];
}

const list = "/api/history/documents";
const search =
  (query: string, more = "") =>
  () =>
    get(`${list}/search?limit=20&query=${encodeURIComponent(query)}${more}`);
const page = (parameters: string) => () => get(`${list}?limit=50&${parameters}`);
const likeWord = (word: string) => async () => {
  await database.rows(
    z.object({ id: z.string() }),
    `select documents.id from documents join document_texts on document_id = documents.id
     where user_id = $1 and text ilike '%' || $2 || '%' order by created_at desc, documents.id desc limit 20`,
    [userId, word],
  );
};

/** The word that so many are more frequent than, and that is no part of another by being short. */
function questionsFor(words: readonly string[]) {
  const word = (rank: number): string => words.slice(rank).find((candidate) => candidate.length >= 5) ?? "";
  const [frequent, usual, rare] = [word(10), word(500), word(8000)];
  const searches = {
    "search: a word in nearly all texts": search(frequent),
    "search: a frequent word": search(word(60)),
    "search: a usual word": search(usual),
    "search: a rare word": search(rare),
    "search: three words": search(`${frequent} ${usual} ${word(200)}`),
    "search: the beginning of words": search(usual.slice(0, 4)),
    "search: a phrase": search(`"${word(500)} ${word(60)}"`),
    "search: without a word": search(`${usual} -${frequent}`),
    "search: a frequent word, with a tag": search(frequent, "&tag=tag%207"),
    "search: 10th page of a frequent word": search(frequent, "&offset=180"),
  };
  return {
    searches,
    misspelled: {
      "search: a misspelled word": search(`${rare.slice(0, 2)}${rare[3] ?? ""}${rare[2] ?? ""}${rare.slice(4)}`),
    },
    lists: {
      "list: newest": page("sort=newest"),
      "list: 201st page": page("sort=newest&offset=10000"),
      "list: by title": page("sort=title"),
      "list: most pages first": page("sort=-pages"),
      "list: dearest first": page("sort=-cost"),
      "list: with a tag": page("sort=newest&tag=tag%207"),
      "list: in a language": page("sort=newest&language=de"),
      "list: failed": page("sort=newest&status=failed"),
      "tags: most used": () => get("/api/tags?limit=100"),
    },
    ilike: {
      "ilike: a word in nearly all texts": likeWord(frequent),
      "ilike: a usual word": likeWord(usual),
      "ilike: a rare word": likeWord(rare),
    },
  };
}

const rounded = (ms: number): number => Math.round(ms * 100) / 100;
const at = (sorted: readonly number[], share: number): number =>
  rounded(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);

try {
  const source = createTextSource(1);
  const present = await countDocuments(database);
  if (present > 0 && present !== documents) throw new Error(`The folder holds ${present} documents, not ${documents}.`);
  const loadedMs =
    present > 0 ? null : await addDocuments({ database, library, source, userId, documents, characters });
  if (loadedMs !== null) console.log(`${documents} documents indexed in ${Math.round(loadedMs / 1000)} s`);
  // Also where a new version moved the rows of a folder of an earlier run.
  await database.execute("vacuum analyze");
  const groups = questionsFor(source.words);
  const questions = Object.entries(groups).flatMap(([group, asked]) =>
    Object.entries(asked).map(([name, ask]): Question => ({ group, name, ask, waitsMs: [] })),
  );
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    for (const { ask, waitsMs } of questions) {
      const beganMs = performance.now();
      await ask();
      if (round >= 0) waitsMs.push(performance.now() - beganMs);
    }
  }
  const table = questions.map(({ group, name, waitsMs }) => {
    const sorted = waitsMs.toSorted((a, b) => a - b);
    return { group, question: name, medianMs: at(sorted, 0.5), p95Ms: at(sorted, 0.95) };
  });
  console.table(table, ["question", "medianMs", "p95Ms"]);
  const worst = (group: string) =>
    Math.max(...table.filter((row) => row.group === group).map(({ medianMs }) => medianMs));
  const result = {
    what: "milliseconds from a request to its whole answer, in the process of the server, caches warm",
    hardware: `${cpus().length} x ${cpus()[0]?.model ?? "unknown"}`,
    documents,
    characters,
    rounds,
    indexedPerSecond: loadedMs === null ? null : Math.round((documents / loadedMs) * 1000),
    bars: {
      search: { barMs: 15, worstMedianMs: worst("searches") },
      list: { barMs: 10, worstMedianMs: worst("lists") },
    },
    table: table.map(({ question, medianMs, p95Ms }) => ({ question, medianMs, p95Ms })),
  };
  await writeFile(join(import.meta.dirname, "search.json"), `${JSON.stringify(result, null, 2)}\n`);
} finally {
  await app.close();
  await stop();
  await rm(folder, { recursive: true, force: true });
}
