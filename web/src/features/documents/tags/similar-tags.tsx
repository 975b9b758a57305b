import type { Tag } from "@llm-tuner/contract/tags.ts";
import { useQuery } from "@tanstack/react-query";
import { similarTagsQuery } from "../../../api/tag-queries.ts";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { count } from "../../../ui/format.ts";

/** Tags that may be one, with the way to make them one; nothing where there are none. */
export const SimilarTags = ({ onMerge }: { onMerge(tags: readonly Tag[]): void }) => {
  const { data } = useQuery(similarTagsQuery);
  if (data === undefined || data.pairs.length === 0) return null;
  return (
    <Card title="Nearly the same">
      <ul className="flex flex-col divide-y divide-line">
        {data.pairs.map(({ tags, similarity }) => (
          <li key={tags.map(({ id }) => id).join(" ")} className="flex items-center justify-between gap-3 py-2">
            <span className="min-w-0 break-words">
              {tags.map(({ name, documents }) => `${name} (${count(documents)})`).join(" and ")}
              <span className="ml-2 text-xs text-faint">{Math.round(similarity * 100)} % alike</span>
            </span>
            <Button onClick={() => onMerge(tags)}>Merge</Button>
          </li>
        ))}
      </ul>
    </Card>
  );
};
