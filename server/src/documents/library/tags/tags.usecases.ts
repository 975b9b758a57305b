import type { Database, Queryable } from "../../../platform/database/database.ts";
import { isUniqueViolation } from "../../../platform/database/postgres-errors.ts";
import type { Clock } from "../../../platform/time/clock.ts";
import { cannotMergeIntoItself, tagExists, tagNotFound } from "../library.errors.ts";
import type { SearchStore } from "../search/search.store.ts";
import { tagVectorOf } from "../search/search-vector.ts";
import { ensureTags } from "./ensure-tags.ts";
import { foldTag } from "./fold-tag.ts";
import { similarNames } from "./similar-names.ts";
import type { TagUsesStore } from "./tag-uses.store.ts";
import type { TagFilter, TagRow, TagsStore } from "./tags.store.ts";

type TagPage = Parameters<TagsStore["list"]>[2];

/** More are not compared with each other, for the time that it takes. */
const maxComparedTags = 3000;
const maxKnownTags = 500;
const tagsAtOnce = 500;

export interface TagsUsecasesDependencies {
  database: Database;
  tagsStore: TagsStore;
  tagUsesStore: TagUsesStore;
  searchStore: Pick<SearchStore, "languages">;
  clock: Clock;
}

/** A person's library of tags. A tag that is somebody else's is answered like one that is not there. */
export function createTagsUsecases({
  database,
  tagsStore,
  tagUsesStore,
  searchStore,
  clock,
}: TagsUsecasesDependencies) {
  const find = async (queryable: Queryable, userId: string, id: string): Promise<TagRow> => {
    const tag = await tagsStore.find(queryable, userId, id);
    if (tag === undefined) throw tagNotFound(id);
    return tag;
  };

  /** Throws the 404 of the first that is not theirs. */
  const lock = async (transaction: Queryable, userId: string, ids: readonly string[]): Promise<void> => {
    const locked = await tagsStore.lock(transaction, userId, ids);
    const missing = ids.find((id) => !locked.has(id));
    if (missing !== undefined) throw tagNotFound(missing);
  };

  const tagOfName = async (userId: string, name: string) => {
    const [tag] = await tagsStore.byFolded(database, userId, [foldTag(name)]);
    return tag;
  };

  /** Keeps what is read to count tags small, however many documents were tagged. */
  const addUpMany = async (userId: string): Promise<void> => {
    if (!(await tagUsesStore.hasManyChanges(database, userId))) return;
    await database.transaction((transaction) => tagUsesStore.addUpChanges(transaction, userId));
  };

  return {
    async list(filter: TagFilter, page: TagPage): Promise<{ tags: TagRow[]; total: number }> {
      await addUpMany(filter.userId);
      const rows = await tagsStore.list(database, filter, page);
      const [first] = rows;
      if (first !== undefined || page.offset === 0) return { tags: rows, total: first?.total ?? 0 };
      const [any] = await tagsStore.list(database, filter, { ...page, limit: 1, offset: 0 });
      return { tags: [], total: any?.total ?? 0 };
    },

    async similar(userId: string, limit: number): Promise<{ tags: [TagRow, TagRow]; similarity: number }[]> {
      const [names, languages] = await Promise.all([
        tagsStore.names(database, userId, maxComparedTags),
        searchStore.languages(database, userId),
      ]);
      const pairs = similarNames(names, { languages: languages.length === 0 ? ["en"] : languages, limit });
      const rows = await tagsStore.findMany(database, userId, [...new Set(pairs.flatMap(({ ids }) => ids))]);
      const byId = new Map(rows.map((row) => [row.id, row]));
      return pairs.flatMap(({ ids: [first, second], similarity }) => {
        const [a, b] = [byId.get(first), byId.get(second)];
        return a === undefined || b === undefined ? [] : [{ tags: [a, b] satisfies [TagRow, TagRow], similarity }];
      });
    },

    create: (userId: string, name: string): Promise<TagRow> =>
      database.transaction(async (transaction) => {
        const [present] = await tagsStore.byFolded(transaction, userId, [foldTag(name)]);
        if (present !== undefined) throw tagExists(present.name);
        const made = await ensureTags(transaction, { userId, names: [name], byPerson: true, clock });
        return find(transaction, userId, made.get(foldTag(name))?.id ?? "");
      }),

    async rename(userId: string, id: string, name: string): Promise<TagRow> {
      const folded = foldTag(name);
      try {
        return await database.transaction(async (transaction) => {
          await lock(transaction, userId, [id]);
          await tagsStore.rename(transaction, { id, name, folded, vector: tagVectorOf(userId, name) });
          return find(transaction, userId, id);
        });
      } catch (error) {
        if (!isUniqueViolation(error, "tags_user_id_folded_key")) throw error;
        const present = await tagOfName(userId, name);
        throw present === undefined ? error : tagExists(present.name, { into: present.id, from: id });
      }
    },

    merge: (userId: string, id: string, from: readonly string[]): Promise<TagRow> =>
      database.transaction(async (transaction) => {
        if (from.includes(id)) throw cannotMergeIntoItself();
        const others = [...new Set(from)];
        await lock(transaction, userId, [id, ...others]);
        await tagsStore.merge(transaction, { into: await find(transaction, userId, id), from: others });
        return find(transaction, userId, id);
      }),

    delete: (userId: string, id: string): Promise<void> =>
      database.transaction(async (transaction) => {
        await lock(transaction, userId, [id]);
        await tagsStore.delete(transaction, [id]);
      }),

    deleteUnused: (userId: string): Promise<number> =>
      database.transaction(async (transaction) =>
        tagsStore.delete(transaction, await tagsStore.unused(transaction, userId)),
      ),

    async *all(userId: string): AsyncGenerator<TagRow> {
      const filter = { userId, part: null, unused: null };
      for (let offset = 0; ; offset += tagsAtOnce) {
        const rows = await tagsStore.list(database, filter, { sort: "name", limit: tagsAtOnce, offset });
        yield* rows;
        if (rows.length < tagsAtOnce) return;
      }
    },

    async known(userId: string): Promise<string[]> {
      await addUpMany(userId);
      return tagsStore.known(database, userId, maxKnownTags);
    },
  };
}

export type TagsUsecases = ReturnType<typeof createTagsUsecases>;
