import type { TagDecision } from "@llm-tuner/contract/documents.ts";
import type { DocumentTag } from "@llm-tuner/contract/tags.ts";

/** Tags as they are reviewed: those that wait for a decision first, then those that count, then the rest. */
const order: Record<DocumentTag["state"], number> = { suggested: 0, accepted: 1, edited: 2, rejected: 2 };

export const inReviewOrder = (tags: readonly DocumentTag[]): DocumentTag[] =>
  tags.toSorted((one, other) => order[one.state] - order[other.state]);

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** The tags as they will be once the platform has heard of the decision. */
export const decided = (tags: readonly DocumentTag[], { tag, state, name }: TagDecision): DocumentTag[] => {
  if (name === undefined || isSame(name, tag)) {
    return tags.map((known) => (isSame(known.tag, tag) ? { ...known, state, tag: name ?? known.tag } : known));
  }
  const replaced = tags.map((known): DocumentTag => (isSame(known.tag, tag) ? { ...known, state: "edited" } : known));
  if (replaced.some((known) => isSame(known.tag, name))) {
    return replaced.map((known) => (isSame(known.tag, name) ? { ...known, state: "accepted" } : known));
  }
  return [...replaced, { tag: name, state: "accepted", source: "person", is_new: false }];
};

/** Where the choice goes after a decision: to the next tag that waits for one, else it stays. */
export const nextToDecide = (tags: readonly DocumentTag[], from: string | undefined): string | undefined => {
  const start = tags.findIndex(({ tag }) => tag === from);
  const waiting = (tag: DocumentTag): boolean => tag.state === "suggested" && tag.tag !== from;
  return (tags.slice(start + 1).find(waiting) ?? tags.find(waiting))?.tag ?? from;
};

/** The neighbour of the chosen tag in the list; the first where nothing is chosen. */
export const stepFrom = (tags: readonly DocumentTag[], from: string | undefined, step: 1 | -1): string | undefined => {
  const at = tags.findIndex(({ tag }) => tag === from);
  if (at === -1) return (step === 1 ? tags[0] : tags.at(-1))?.tag;
  return tags[Math.min(tags.length - 1, Math.max(0, at + step))]?.tag;
};

/** Tags that the document has: accepted, or not yet refused. */
export const counts = (tags: readonly DocumentTag[]): { suggested: number; accepted: number } => ({
  suggested: tags.filter(({ state }) => state === "suggested").length,
  accepted: tags.filter(({ state }) => state === "accepted").length,
});
