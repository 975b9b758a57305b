import { updateDocument, type DocumentDetail, type TagDecision } from "@llm-tuner/contract/documents.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../../api/call.ts";
import { describeError } from "../../../api/describe-error.ts";
import { documentKey } from "../../../api/document-page-queries.ts";
import { showError } from "../../../ui/toasts.tsx";
import { decided, inReviewOrder, nextToDecide, stepFrom } from "./tag-review.ts";

export interface TagReview {
  /** In the order of the review. */
  tags: DocumentDetail["tags"];
  chosen: string | undefined;
  choose(tag: string): void;
  step(by: 1 | -1): void;
  decide(decision: TagDecision): void;
  /** Decides about the chosen tag and goes on to the next that waits. */
  decideChosen(state: "accepted" | "rejected"): void;
  acceptAll(): void;
  add(name: string): void;
}

const orderOf = ({ status, tags }: DocumentDetail) => ({ status, tags: inReviewOrder(tags).map(({ tag }) => tag) });

/** Decisions are shown at once and sent one after the other; one that is refused is taken back and told. */
export const useTagReview = (document: DocumentDetail): TagReview => {
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<string>();
  const queryKey = documentKey(document.id);
  const { mutate } = useMutation({
    // Two at once could arrive in another order than they were made.
    scope: { id: `tags of ${document.id}` },
    mutationFn: (decisions: TagDecision[]) =>
      call(updateDocument, { params: { id: document.id }, body: { decisions } }),
    onMutate: async (decisions) => {
      await queries.cancelQueries({ queryKey, exact: true });
      queries.setQueryData<DocumentDetail>(queryKey, (known) =>
        known === undefined ? known : { ...known, tags: decisions.reduce(decided, known.tags) },
      );
    },
    onError: (error) => {
      const { message, remedy } = describeError(error);
      showError(message, [remedy]);
    },
    onSettled: () => queries.invalidateQueries({ queryKey, exact: true }),
  });
  // The order of the list stays while it is reviewed: a row that jumps away cannot be undone by a second press.
  // A document that is done with has just got its tags: they come in an order of their own.
  const [first, setFirst] = useState(() => orderOf(document));
  if (first.status !== document.status) setFirst(orderOf(document));
  const { tags: firstOrder } = first;
  const rank = (tag: string): number => (firstOrder.indexOf(tag) + firstOrder.length + 1) % (firstOrder.length + 1);
  const tags = document.tags.toSorted((one, other) => rank(one.tag) - rank(other.tag));
  const decide = (decision: TagDecision): void => {
    mutate([decision]);
    setChosen(nextToDecide(tags, decision.tag));
  };
  return {
    tags,
    chosen,
    choose: setChosen,
    step: (by) => setChosen(stepFrom(tags, chosen, by)),
    decide,
    decideChosen(state) {
      const tag = chosen ?? nextToDecide(tags, undefined);
      if (tag !== undefined) decide({ tag, state });
    },
    acceptAll() {
      const waiting = tags.filter(({ state }) => state === "suggested");
      if (waiting.length > 0) mutate(waiting.map(({ tag }) => ({ tag, state: "accepted" })));
    },
    add: (name) => mutate([{ tag: name, state: "accepted" }]),
  };
};
