import type { Queryable } from "../../../platform/database/database.ts";
import { newId } from "../../../platform/ids.ts";
import type { Clock } from "../../../platform/time/clock.ts";
import { tagVectorOf } from "../search/search-vector.ts";
import { tagsVanished } from "../library.errors.ts";
import { foldTag } from "./fold-tag.ts";
import { type LibraryTag, tagsStore } from "./tags.store.ts";

interface WantedTags {
  userId: string;
  names: readonly string[];
  byPerson: boolean;
  clock: Clock;
}

/** How often a tag may be deleted between being made and being read. */
const maxTries = 3;

/** The tags of these names in a person's library, by their folded names; those that are missing are made. */
export async function ensureTags(
  transaction: Queryable,
  { userId, names, byPerson, clock }: WantedTags,
): Promise<Map<string, LibraryTag>> {
  const wanted = new Map(names.map((name) => [foldTag(name), name]));
  const folded = [...wanted.keys()];
  for (let tries = 0; tries < maxTries; tries += 1) {
    const found = await tagsStore.byFolded(transaction, userId, folded);
    if (found.length === folded.length) return new Map(found.map((tag) => [tag.folded, tag]));
    const known = new Set(found.map((tag) => tag.folded));
    const missing = [...wanted].filter(([key]) => !known.has(key));
    const rows = missing.map(([key, name]) => ({
      id: newId("tag"),
      name,
      folded: key,
      vector: tagVectorOf(userId, name),
      createdAt: clock.now(),
      byPerson,
    }));
    await tagsStore.insert(transaction, userId, rows);
  }
  const found = await tagsStore.byFolded(transaction, userId, folded);
  if (found.length < folded.length) throw tagsVanished();
  return new Map(found.map((tag) => [tag.folded, tag]));
}
