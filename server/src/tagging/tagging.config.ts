import { offlineTagger } from "@llm-tuner/contract/tagging.ts";
import { z } from "zod";
import { setting } from "../platform/config/setting.ts";

export const taggingSettings = {
  defaultTagger: setting({
    env: "DEFAULT_TAGGER",
    description:
      "Who tags documents where neither the request nor the person names somebody: the name of a model as the gateway knows it. Empty for the offline tagger, which costs nothing.",
    schema: z
      .string()
      .trim()
      .max(200)
      .default("")
      .transform((name) => (name === "" ? offlineTagger : name)),
  }),
  textTokens: setting({
    env: "TAGGING_TEXT_TOKENS",
    description:
      "Tokens of a document's text that a model is shown at most: its beginning, and samples of the rest. More tags better and costs more.",
    schema: z.coerce.number().int().min(100).max(200_000).default(3_000),
  }),
  evaluationsAtOnce: setting({
    env: "TAGGER_EVALUATIONS_AT_ONCE",
    description: "Evaluations of taggers that one process works on at once.",
    schema: z.coerce.number().int().min(1).max(50).default(1),
  }),
  evaluationsPerPerson: setting({
    env: "TAGGER_EVALUATIONS_PER_PERSON",
    description: "Evaluations of taggers that are kept of one person; the oldest that has ended goes for a new one.",
    schema: z.coerce.number().int().min(1).max(10_000).default(200),
  }),
} as const;
