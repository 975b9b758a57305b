import type { Tag } from "@llm-tuner/contract/tags.ts";

/** The tag that most documents have is the likeliest to stay. */
export const likeliestToStay = (tags: readonly Tag[]): Tag | undefined =>
  tags.toSorted((one, other) => other.accepted - one.accepted || other.documents - one.documents)[0];
