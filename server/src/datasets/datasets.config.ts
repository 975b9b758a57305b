import { z } from "zod";
import { setting } from "../platform/config/setting.ts";
import { defaultFormatLimits } from "./formats/format.ts";

const gibibyte = 1024 ** 3;

export const datasetsSettings = {
  maxLineBytes: setting({
    env: "MAX_LINE_BYTES",
    description:
      "Longest line of a training file, in bytes; of a table, the longest row. It bounds the memory that reading takes.",
    schema: z.coerce
      .number()
      .int()
      .min(1024)
      .max(64 * 1_048_576)
      .default(defaultFormatLimits.maxLineBytes),
  }),
  maxRows: setting({
    env: "MAX_TRAINING_ROWS",
    description: "Rows that one training file, and one data set, may have.",
    schema: z.coerce.number().int().min(10).max(50_000_000).default(defaultFormatLimits.maxRows),
  }),
  waitSeconds: setting({
    env: "DATASET_WAIT_SECONDS",
    description: "How long a request for a data set waits for its check; after that it answers 202.",
    schema: z.coerce.number().min(0).max(300).default(20),
  }),
  tokenizeTimeoutSeconds: setting({
    env: "DATASET_TOKENIZE_TIMEOUT_SECONDS",
    description: "How long counting the tokens of a data set may take.",
    schema: z.coerce.number().int().min(1).max(86_400).default(1800),
  }),
  checksAtOnce: setting({
    env: "DATASET_CHECKS_AT_ONCE",
    description: "Data sets that one server process checks at the same time.",
    schema: z.coerce.number().int().min(1).max(64).default(2),
  }),
  datasetsPerUser: setting({
    env: "MAX_DATASETS_PER_USER",
    description: "Data sets that one person may keep.",
    schema: z.coerce.number().int().min(1).max(100_000).default(500),
  }),
  datasetBytesPerUser: setting({
    env: "MAX_DATASET_BYTES_PER_USER",
    description:
      "Size of the files behind all data sets of one person, in bytes; a file counts in each data set made of it.",
    schema: z.coerce
      .number()
      .int()
      .min(1)
      .max(1024 * 1024 * gibibyte)
      .default(50 * gibibyte),
  }),
} as const;
