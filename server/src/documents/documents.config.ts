import { z } from "zod";
import { setting, type SettingsOf } from "../platform/config/setting.ts";
import { documentExtractionSettings } from "./extraction/extraction.config.ts";

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;
const count = (fallback: number, max = 1_000_000) => z.coerce.number().int().min(1).max(max).default(fallback);
const bytes = (fallback: number) =>
  z.coerce
    .number()
    .int()
    .min(1)
    .max(1024 * gibibyte)
    .default(fallback);

const hosts = z
  .string()
  .default("")
  .transform((text) => text.split(",").map((item) => item.trim()))
  .transform((items) => items.filter((item) => item !== ""))
  .pipe(z.array(z.string().regex(/^[^\s/@]+:\d{1,5}$/, "must be hosts with their ports, such as files.example.org:80")))
  .transform((items) => new Set(items));

const ofOthers = {
  anonymous: setting({
    env: "DOCUMENTS_ANONYMOUS",
    description: "Whether documents may be processed without an account, by the offline tagger and for a short time.",
    schema: z.stringbool().default(true),
  }),
  anonymousHours: setting({
    env: "DOCUMENTS_ANONYMOUS_HOURS",
    description: "Hours for which documents without an owner are kept.",
    schema: z.coerce.number().positive().max(720).default(24),
  }),
  anonymousMaxBytes: setting({
    env: "DOCUMENTS_ANONYMOUS_MAX_BYTES",
    description: "Size of the largest document without an owner, in bytes.",
    schema: bytes(10 * mebibyte),
  }),
  anonymousMaxPages: setting({
    env: "DOCUMENTS_ANONYMOUS_MAX_PAGES",
    description: "Pages of the longest document without an owner.",
    schema: count(100, 100_000),
  }),
  anonymousPerBatch: setting({
    env: "DOCUMENTS_ANONYMOUS_PER_BATCH",
    description: "Documents of the largest batch without an owner.",
    schema: count(20, 100_000),
  }),
  anonymousBytes: setting({
    env: "DOCUMENTS_ANONYMOUS_BYTES",
    description: "What all documents without an owner may take together, in bytes.",
    schema: bytes(5 * gibibyte),
  }),
  anonymousJobsPerHour: setting({
    env: "DOCUMENTS_ANONYMOUS_JOBS_PER_HOUR",
    description: "Jobs that one network address may start in an hour without an account.",
    schema: count(30),
  }),
};

export const documentsSettings = {
  ...ofOthers,
  ...documentExtractionSettings,
  maxBytes: setting({
    env: "DOCUMENTS_MAX_BYTES",
    description: "Size of the largest document that is fetched or uploaded, in bytes.",
    schema: bytes(50 * mebibyte),
  }),
  spreadsheetMaxBytes: setting({
    env: "DOCUMENTS_SPREADSHEET_MAX_BYTES",
    description: "Size of the largest spreadsheet of addresses, in bytes; more than 10 MiB is never read.",
    schema: z.coerce
      .number()
      .int()
      .min(1)
      .max(10 * mebibyte)
      .default(10 * mebibyte),
  }),
  perBatch: setting({
    env: "DOCUMENTS_PER_BATCH",
    description: "Documents of the largest batch.",
    schema: count(10_000, 100_000),
  }),
  filesPerBatch: setting({
    env: "DOCUMENTS_FILES_PER_BATCH",
    description: "Files that one batch may bring with it.",
    schema: count(500, 1000),
  }),
  perPerson: setting({
    env: "DOCUMENTS_PER_PERSON",
    description: "Documents that one person may keep.",
    schema: count(200_000, 100_000_000),
  }),
  bytesPerPerson: setting({
    env: "DOCUMENTS_BYTES_PER_PERSON",
    description: "What the documents of one person may take together, in bytes.",
    schema: bytes(20 * gibibyte),
  }),
  atOnce: setting({
    env: "DOCUMENTS_AT_ONCE",
    description: "Documents that one process works on at once.",
    schema: count(6, 200),
  }),
  atOncePerOwner: setting({
    env: "DOCUMENTS_AT_ONCE_PER_PERSON",
    description: "Documents of one person that are worked on at once; those without an owner count as one person's.",
    schema: count(4, 200),
  }),
  atOncePerProvider: setting({
    env: "DOCUMENTS_AT_ONCE_PER_PROVIDER",
    description: "Documents that are worked on at once for the same provider of models.",
    schema: count(6, 200),
  }),
  maxAttempts: setting({
    env: "DOCUMENTS_MAX_ATTEMPTS",
    description: "Times that a document is tried when it fails in a way that may pass, the first included.",
    schema: count(3, 20),
  }),
  retrySeconds: setting({
    env: "DOCUMENTS_RETRY_SECONDS",
    description:
      "Pause before a document is tried again; four times as long after each further failure, up to 15 minutes. By chance it is up to a quarter longer.",
    schema: z.coerce.number().min(0).max(3600).default(5),
  }),
  waitSeconds: setting({
    env: "DOCUMENTS_WAIT_SECONDS",
    description: "How long the answer about a single document is held for its result, before it names the job only.",
    schema: z.coerce.number().min(0).max(600).default(25),
  }),
  fetchSeconds: setting({
    env: "DOCUMENTS_FETCH_SECONDS",
    description: "Time in which a document must have arrived from its address, redirects included.",
    schema: z.coerce.number().positive().max(3600).default(60),
  }),
  fetchesPerHost: setting({
    env: "DOCUMENTS_FETCHES_PER_HOST",
    description: "Documents that one process fetches from the same host at once.",
    schema: count(2, 100),
  }),
  insideHosts: setting({
    env: "DOCUMENTS_INSIDE_HOSTS",
    description:
      "Hosts with their ports (separated by commas, such as files.intranet:8080) that documents may be fetched from although they are not on the public internet. Everybody who may process documents can read what lies there.",
    schema: hosts,
  }),
} as const;

export type DocumentsConfig = SettingsOf<typeof documentsSettings>;
