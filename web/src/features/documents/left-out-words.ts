import type { TaggedDataset } from "@llm-tuner/contract/documents.ts";
import { count } from "../../ui/format.ts";

type Reasons = TaggedDataset["left_out_because"];

const words: Record<keyof Reasons, string> = {
  without_accepted_tags: "without accepted tags",
  held_out: "kept to measure taggers with",
  not_completed: "not tagged yet",
  without_text: "without text",
  same_content: "with the same content as another one",
  not_usable: "too long to train on",
};

/** Why documents are not in a training data set, in a line each, what concerns most of them first. */
export const leftOutWords = (because: Reasons): string[] =>
  Object.entries(words)
    // The words have the very keys of the reasons.
    .map(([reason, word]) => ({ documents: because[reason as keyof Reasons], word }))
    .filter(({ documents }) => documents > 0)
    .sort((one, other) => other.documents - one.documents)
    .map(({ documents, word }) => `${count(documents)} ${word}`);
