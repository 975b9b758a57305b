import { z } from "zod";
import { defineEndpoint } from "./endpoint.ts";
import { Timestamp } from "./paging.ts";

/** The tagger that needs no model. */
export const offlineTagger = "offline";

const nameOf = (language: string): string =>
  new Intl.DisplayNames(["en"], { type: "language" }).of(language) ?? language;

/**
 * What the offline tagger cannot do of a wish, in words for people; null where it can do all. It finds words in the text and
 * cannot translate them. Languages are ISO 639 codes; `language` is the text's, null where nobody knows it.
 */
export function untranslatedNote({
  tagger,
  language,
  languages,
}: {
  tagger: string | null;
  language: string | null;
  languages: readonly string[];
}): string | null {
  if (tagger !== offlineTagger || language === null) return null;
  const missing = languages.filter((asked) => asked !== language);
  if (missing.length === 0) return null;
  return (
    `The document is in ${nameOf(language)}, and the offline tagger cannot translate. ` +
    `For tags in ${missing.map(nameOf).join(", ")} choose a model as the tagger.`
  );
}

export const TaggingSettings = z
  .strictObject({
    tagger: z
      .string()
      .meta({ description: "`offline`, or the name of the model that tags where a request names none." }),
    is_default: z.boolean().meta({ description: "The person has chosen none: it is the platform's." }),
  })
  .meta({ id: "TaggingSettings" });
export type TaggingSettings = z.infer<typeof TaggingSettings>;

/** How good one tagger's suggestions were, by what people decided of them. */
export const TaggerQuality = z
  .strictObject({
    tagger: z.string(),
    prompt_version: z.string().nullable(),
    documents: z.int(),
    suggested: z.int().meta({ description: "Suggestions that somebody decided about." }),
    accepted: z.int(),
    edited: z.int(),
    rejected: z.int(),
    accepted_share: z.number().min(0).max(1).nullable(),
    cost_usd: z.number().nullable(),
    cost_usd_per_document: z.number().nullable(),
    median_ms: z.number().nullable(),
    first_used_at: Timestamp,
    last_used_at: Timestamp,
  })
  .meta({ id: "TaggerQuality" });
export type TaggerQuality = z.infer<typeof TaggerQuality>;

/** A tagger measured against tags that people accepted on documents that no training has seen. */
export const TaggerEvaluation = z
  .strictObject({
    tagger: z.string(),
    documents: z.int(),
    precision: z.number().min(0).max(1).nullable(),
    recall: z.number().min(0).max(1).nullable(),
    f1: z.number().min(0).max(1).nullable(),
    cost_usd: z.number().nullable(),
    cost_usd_per_document: z.number().nullable(),
    status: z.enum(["running", "completed", "failed"]),
    message: z.string().nullable(),
    created_at: Timestamp,
  })
  .meta({ id: "TaggerEvaluation" });
export type TaggerEvaluation = z.infer<typeof TaggerEvaluation>;

const common = { tag: "Tags", dialect: "platform", access: "caller" } as const;
const read = { ...common, scope: "documents:read", rateClass: "read", method: "GET" } as const;

export const getTaggingSettings = defineEndpoint({
  ...read,
  id: "getTaggingSettings",
  summary: "Who tags your documents",
  path: "/api/tagging/settings",
  responses: { 200: { description: "The settings", schema: TaggingSettings } },
});

export const updateTaggingSettings = defineEndpoint({
  ...common,
  scope: "documents:write",
  rateClass: "write",
  method: "PATCH",
  id: "updateTaggingSettings",
  summary: "Choose who tags your documents; null for the platform's choice",
  path: "/api/tagging/settings",
  body: z.strictObject({ tagger: z.string().min(1).max(200).nullable() }),
  responses: { 200: { description: "The settings", schema: TaggingSettings } },
});

export const getTaggingQuality = defineEndpoint({
  ...read,
  id: "getTaggingQuality",
  summary: "How good and how dear each tagger was, and what held-out documents say",
  path: "/api/tagging/quality",
  responses: {
    200: {
      description: "Taggers by last use, and evaluations, newest first",
      schema: z
        .strictObject({
          taggers: z.array(TaggerQuality),
          evaluations: z.array(TaggerEvaluation),
          held_out_documents: z
            .int()
            .meta({ description: "Documents with accepted tags that are kept out of training." }),
        })
        .meta({ id: "TaggingQuality" }),
    },
  },
});

export const evaluateTagger = defineEndpoint({
  ...common,
  scope: "documents:write",
  rateClass: "spend",
  method: "POST",
  id: "evaluateTagger",
  summary: "Tag held-out documents with a tagger and compare with the accepted tags",
  path: "/api/tagging/evaluations",
  body: z.strictObject({
    tagger: z.string().min(1).max(200),
    max_documents: z.int().min(1).max(500).default(50),
  }),
  responses: { 202: { description: "The evaluation has begun", schema: TaggerEvaluation } },
});
