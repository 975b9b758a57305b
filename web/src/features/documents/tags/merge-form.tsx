import { mergeTags, type Tag } from "@llm-tuner/contract/tags.ts";
import { useState } from "react";
import { call } from "../../../api/call.ts";
import { tagsKey } from "../../../api/tag-queries.ts";
import { useAct } from "../../../api/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { FieldGroup } from "../../../ui/field.tsx";
import { count } from "../../../ui/format.ts";
import { likeliestToStay } from "./likeliest-to-stay.ts";

/** Asks which of several tags stays; the others go into it on all documents. */
export const MergeForm = ({ tags, onDone }: { tags: readonly Tag[]; onDone(): void }) => {
  const [staying, setStaying] = useState(likeliestToStay(tags)?.id);
  const merge = useAct({
    act: (id: string) =>
      call(mergeTags, {
        params: { id },
        body: { from: tags.filter((tag) => tag.id !== id).map((tag) => tag.id) },
      }),
    changes: [tagsKey, ["documents"]],
    notice: (tag) => `Now all are ${tag.name}.`,
    onDone,
  });
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (staying !== undefined) merge.mutate(staying);
      }}
    >
      <FieldGroup label="Which one stays?">
        {tags.map(({ id, name, documents }) => (
          <label key={id} className="flex items-baseline gap-2">
            <input
              type="radio"
              name="staying"
              checked={staying === id}
              onChange={() => setStaying(id)}
              className="accent-accent"
            />
            <span className="min-w-0 break-words">{name}</span>
            <span className="text-xs whitespace-nowrap text-faint">
              {count(documents)} {documents === 1 ? "document" : "documents"}
            </span>
          </label>
        ))}
      </FieldGroup>
      <p className="text-soft">
        The others are taken off all documents, and this one takes their places. This cannot be undone.
      </p>
      <div className="flex justify-end">
        <Button type="submit" look="primary" isBusy={merge.isPending}>
          Merge {count(tags.length)} tags
        </Button>
      </div>
    </form>
  );
};
