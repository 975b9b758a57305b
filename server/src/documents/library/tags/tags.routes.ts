import * as contract from "@llm-tuner/contract/tags.ts";
import { route, type Route } from "../../../platform/http/route.ts";
import { foldTag } from "./fold-tag.ts";
import type { TagRow } from "./tags.store.ts";
import type { TagsUsecases } from "./tags.usecases.ts";

const toTag = (row: TagRow): contract.Tag => ({
  id: row.id,
  name: row.name,
  documents: row.documents,
  accepted: row.accepted,
  suggested: row.suggested,
  rejected: row.rejected,
  created_at: row.created_at.toISOString(),
});

export const createTagsRoutes = (tags: TagsUsecases): Route[] => [
  route(contract.listTags, async ({ caller, query: { query, unused, ...page } }) => {
    const part = query === undefined ? null : foldTag(query);
    const filter = { userId: caller.userId, part, unused: unused === undefined ? null : unused === "true" };
    const found = await tags.list(filter, page);
    const { limit, offset } = page;
    return { status: 200, body: { tags: found.tags.map(toTag), total: found.total, limit, offset } };
  }),

  route(contract.listSimilarTags, async ({ caller, query }) => {
    const pairs = await tags.similar(caller.userId, query.limit);
    return {
      status: 200,
      body: { pairs: pairs.map((pair) => ({ tags: pair.tags.map(toTag), similarity: pair.similarity })) },
    };
  }),

  route(contract.createTag, async ({ caller, body }) => ({
    status: 201,
    body: toTag(await tags.create(caller.userId, body.name)),
  })),

  route(contract.renameTag, async ({ caller, params, body }) => ({
    status: 200,
    body: toTag(await tags.rename(caller.userId, params.id, body.name)),
  })),

  route(contract.mergeTags, async ({ caller, params, body }) => ({
    status: 200,
    body: toTag(await tags.merge(caller.userId, params.id, body.from)),
  })),

  route(contract.deleteTag, async ({ caller, params }) => {
    await tags.delete(caller.userId, params.id);
    return { status: 204 };
  }),

  route(contract.deleteUnusedTags, async ({ caller }) => ({
    status: 200,
    body: { deleted: await tags.deleteUnused(caller.userId) },
  })),
];
