import { z } from "zod";
import { defineEndpoint } from "./endpoint.ts";
import { TagId } from "./ids.ts";
import { Timestamp } from "./paging.ts";

/** Most characters of a tag. */
export const maxTagCharacters = 60;

/** A tag as a person writes it: one line without commas, which separate tags in forms and files. */
export const TagName = z
  .string()
  .max(maxTagCharacters)
  .overwrite((name) => name.normalize("NFC").trim().replaceAll(/\s+/gu, " "))
  .min(1)
  .regex(/^[^\p{Cc},;|]*$/u, "must not hold commas, semicolons, bars or control characters");

/**
 * What became of a suggestion. `edited` stands beside the tag that a person replaced; the replacement is `accepted`.
 */
export const TagState = z.enum(["suggested", "accepted", "edited", "rejected"]);
export type TagState = z.infer<typeof TagState>;

/** Who thought of a tag first. */
export const TagSource = z.enum(["model", "offline", "person"]);
export type TagSource = z.infer<typeof TagSource>;

export const DocumentTag = z
  .strictObject({
    tag: z.string(),
    state: TagState,
    source: TagSource,
    is_new: z.boolean().meta({ description: "The person had no such tag when it was suggested." }),
  })
  .meta({ id: "DocumentTag" });
export type DocumentTag = z.infer<typeof DocumentTag>;

/** A tag of a person's library. */
export const Tag = z
  .strictObject({
    id: TagId,
    name: z.string(),
    documents: z.int().meta({ description: "Documents that have it, accepted or only suggested." }),
    accepted: z.int(),
    suggested: z.int(),
    rejected: z.int(),
    created_at: Timestamp,
  })
  .meta({ id: "Tag" });
export type Tag = z.infer<typeof Tag>;

export const tagSorts = ["name", "documents", "newest"] as const;

const common = { tag: "Tags", dialect: "platform", access: "caller" } as const;
const read = { ...common, scope: "documents:read", rateClass: "read", method: "GET" } as const;
const write = { ...common, scope: "documents:write", rateClass: "write" } as const;
const byId = z.strictObject({ id: TagId });

export const listTags = defineEndpoint({
  ...read,
  id: "listTags",
  summary: "The tags of your library",
  path: "/api/tags",
  query: z.strictObject({
    limit: z.coerce.number().int().min(1).max(500).default(100),
    offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
    query: z.string().trim().min(1).max(100).optional(),
    unused: z
      .enum(["true", "false"])
      .optional()
      .meta({ description: "Only tags that no document has, or only the others." }),
    sort: z.enum(tagSorts).default("documents"),
  }),
  responses: {
    200: {
      description: "A page of tags",
      schema: z
        .strictObject({ tags: z.array(Tag), total: z.int(), limit: z.int(), offset: z.int() })
        .meta({ id: "TagList" }),
    },
  },
});

/** Tags that may be one: so alike that a person should look. */
export const SimilarTags = z
  .strictObject({ tags: z.array(Tag).min(2), similarity: z.number().min(0).max(1) })
  .meta({ id: "SimilarTags" });
export type SimilarTags = z.infer<typeof SimilarTags>;

export const listSimilarTags = defineEndpoint({
  ...read,
  id: "listSimilarTags",
  summary: "Pairs of tags that are nearly the same",
  path: "/api/tags/similar",
  query: z.strictObject({ limit: z.coerce.number().int().min(1).max(100).default(50) }),
  responses: {
    200: {
      description: "Pairs, most alike first",
      schema: z.strictObject({ pairs: z.array(SimilarTags) }).meta({ id: "SimilarTagList" }),
    },
  },
});

export const createTag = defineEndpoint({
  ...write,
  id: "createTag",
  summary: "Add a tag to your library before any document has it",
  method: "POST",
  path: "/api/tags",
  body: z.strictObject({ name: TagName }),
  responses: { 201: { description: "The tag", schema: Tag } },
});

export const renameTag = defineEndpoint({
  ...write,
  id: "renameTag",
  summary: "Rename a tag on all documents",
  method: "PATCH",
  path: "/api/tags/{id}",
  params: byId,
  body: z.strictObject({ name: TagName }),
  responses: { 200: { description: "The tag as it is now", schema: Tag } },
});

export const mergeTags = defineEndpoint({
  ...write,
  id: "mergeTags",
  summary: "Put other tags into this one, on all documents",
  method: "POST",
  path: "/api/tags/{id}/merge",
  params: byId,
  body: z.strictObject({ from: z.array(TagId).min(1).max(100) }),
  responses: { 200: { description: "The tag as it is now", schema: Tag } },
});

export const deleteTag = defineEndpoint({
  ...write,
  id: "deleteTag",
  summary: "Delete a tag and take it off all documents",
  method: "DELETE",
  path: "/api/tags/{id}",
  params: byId,
  responses: { 204: { description: "Deleted" } },
});

export const deleteUnusedTags = defineEndpoint({
  ...write,
  id: "deleteUnusedTags",
  summary: "Delete every tag that no document has",
  method: "DELETE",
  path: "/api/tags",
  responses: { 200: { description: "How many", schema: z.strictObject({ deleted: z.int() }) } },
});
