import type { UpdateDocumentRequest } from "@llm-tuner/contract/documents.ts";
import type { Queryable } from "../../../platform/database/database.ts";
import type { Clock } from "../../../platform/time/clock.ts";
import { notATagOfTheDocument, tooManyTagsOfDocument } from "../library.errors.ts";
import { assign, decide, type TagChange } from "./decide-tags.ts";
import { ensureTags } from "./ensure-tags.ts";
import { lockTagsOf } from "./lock-tags.store.ts";
import { type LibraryTag, tagsStore, type WrittenDocumentTag } from "./tags.store.ts";

interface Decisions extends Pick<UpdateDocumentRequest, "tags" | "decisions"> {
  documentId: string;
  userId: string | null;
  clock: Clock;
}

const maxTagsOfDocument = 200;

/** The library's tags that decisions need, and which of them it did not have before. */
async function accepted(
  transaction: Queryable,
  { userId, clock }: Pick<Decisions, "userId" | "clock">,
  changes: readonly TagChange[],
): Promise<{ library: Map<string, LibraryTag>; former: ReadonlySet<string> }> {
  const wanted = changes.filter(({ state }) => state === "accepted");
  if (userId === null || wanted.length === 0) return { library: new Map(), former: new Set() };
  const present = await tagsStore.byFolded(
    transaction,
    userId,
    wanted.map(({ folded }) => folded),
  );
  const names = wanted.map(({ name }) => name);
  const library = await ensureTags(transaction, { userId, names, byPerson: false, clock });
  return { library, former: new Set(present.map(({ folded }) => folded)) };
}

/** Writes what a person decided about a document's tags. The document is locked by the transaction. */
export async function decideAboutTags(transaction: Queryable, request: Decisions): Promise<void> {
  const { documentId, userId, tags, decisions, clock } = request;
  if (tags === undefined && decisions === undefined) return;
  const names = [...(tags ?? []), ...(decisions ?? []).flatMap(({ name }) => name ?? [])];
  await lockTagsOf(transaction, { userId, documentId, names });
  const current = await tagsStore.ofDocument(transaction, documentId);
  const decided = decisions === undefined ? { changes: assign(current, tags ?? []) } : decide(current, decisions);
  if (decided.unknown !== undefined) throw notATagOfTheDocument(decided.unknown);
  const { changes } = decided;
  if (current.length + changes.filter(({ added }) => added).length > maxTagsOfDocument)
    throw tooManyTagsOfDocument(maxTagsOfDocument);
  const { library, former } = await accepted(transaction, request, changes);
  let next = Math.max(-1, ...current.map(({ position }) => position)) + 1;
  const rows = changes.map(({ name, folded, state, added }): WrittenDocumentTag => {
    const known = library.get(folded);
    const position = added ? next++ : (current.find((tag) => tag.folded === folded)?.position ?? 0);
    return {
      position,
      tagId: known?.id ?? null,
      name: known?.name ?? name,
      folded,
      state,
      source: "person",
      isNew: added && !former.has(folded),
      decidedAt: state === "suggested" ? null : clock.now(),
    };
  });
  await tagsStore.write(transaction, documentId, rows);
}
