import type { Queryable } from "../../../platform/database/database.ts";
import type { Clock } from "../../../platform/time/clock.ts";
import type { GivenTags } from "../library.ts";
import { ensureTags } from "./ensure-tags.ts";
import { foldTag } from "./fold-tag.ts";
import { lockTagsOf } from "./lock-tags.store.ts";
import { tagsStore, type WrittenDocumentTag } from "./tags.store.ts";

/** Puts suggestions in the place of those that nobody has decided about. What was decided stays decided. */
export async function recordTags(
  transaction: Queryable,
  { documentId, userId, tags, autoAccept }: GivenTags,
  clock: Clock,
): Promise<void> {
  await lockTagsOf(transaction, { userId, documentId, names: tags.map(({ name }) => name) });
  await tagsStore.removeSuggestions(transaction, documentId);
  const decided = await tagsStore.ofDocument(transaction, documentId);
  const taken = new Set(decided.map(({ folded }) => folded));
  const fresh = [...new Map(tags.toReversed().map((tag) => [foldTag(tag.name), tag])).entries()]
    .toReversed()
    .filter(([folded]) => !taken.has(folded));
  if (fresh.length === 0) return;
  const library =
    userId === null
      ? undefined
      : await ensureTags(transaction, { userId, names: fresh.map(([, { name }]) => name), byPerson: false, clock });
  const ids = [...(library?.values() ?? [])].map(({ id }) => id);
  const accepted = autoAccept === "existing" ? await tagsStore.accepted(transaction, ids) : new Set<string>();
  const first = Math.max(-1, ...decided.map(({ position }) => position)) + 1;
  const rows = fresh.map(([folded, { name, isNew, source }], index): WrittenDocumentTag => {
    const known = library?.get(folded);
    const isAccepted = autoAccept === "all" || (known !== undefined && accepted.has(known.id));
    return {
      position: first + index,
      tagId: known?.id ?? null,
      name: known?.name ?? name,
      folded,
      state: isAccepted ? "accepted" : "suggested",
      source,
      isNew,
      // Nobody has decided: what is accepted by itself says nothing about how good a tagger is.
      decidedAt: null,
    };
  });
  await tagsStore.write(transaction, documentId, rows);
}
