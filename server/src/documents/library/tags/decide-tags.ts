import type { TagDecision } from "@llm-tuner/contract/documents.ts";
import type { TagState } from "@llm-tuner/contract/tags.ts";
import { foldTag } from "./fold-tag.ts";

/** A tag of a document, as far as a decision needs it. */
export interface DecidedTag {
  name: string;
  folded: string;
  state: TagState;
}

/** What is to be written: a new state for a tag that the document has, or a tag that a person gives it. */
export interface TagChange extends DecidedTag {
  /** The document did not have it. */
  added: boolean;
}

/**
 * What decisions make of a document's tags. `unknown` names the first that the document does not have. A replacement
 * that is another spelling of the same tag accepts it.
 */
export function decide(
  tags: readonly DecidedTag[],
  decisions: readonly TagDecision[],
): { changes: TagChange[]; unknown?: string } {
  const known = new Map(tags.map((tag) => [tag.folded, tag]));
  const changes = new Map<string, TagChange>();
  const accept = (name: string): void => {
    const folded = foldTag(name);
    const present = known.get(folded);
    changes.set(folded, { name: present?.name ?? name, folded, state: "accepted", added: present === undefined });
  };
  for (const { tag, state, name } of decisions) {
    const folded = foldTag(tag);
    const present = known.get(folded);
    if (present === undefined) return { changes: [], unknown: tag };
    const isReplaced = name !== undefined && foldTag(name) !== folded;
    if (isReplaced) {
      changes.set(folded, { ...present, state: "edited", added: false });
      accept(name);
    } else changes.set(folded, { ...present, state: name === undefined ? state : "accepted", added: false });
  }
  return { changes: [...changes.values()] };
}

/** What it takes so that a document has these tags and no others. */
export function assign(tags: readonly DecidedTag[], names: readonly string[]): TagChange[] {
  const wanted = new Map(names.map((name) => [foldTag(name), name]));
  const known = new Set(tags.map(({ folded }) => folded));
  const kept = tags
    .filter(({ folded, state }) => wanted.has(folded) || state === "suggested" || state === "accepted")
    .map((tag): TagChange => ({ ...tag, state: wanted.has(tag.folded) ? "accepted" : "rejected", added: false }));
  const added = [...wanted]
    .filter(([folded]) => !known.has(folded))
    .map(([folded, name]): TagChange => ({ name, folded, state: "accepted", added: true }));
  return [...kept, ...added];
}
