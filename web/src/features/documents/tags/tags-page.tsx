import { createTag, deleteUnusedTags, type Tag } from "@llm-tuner/contract/tags.ts";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../../api/call.ts";
import { describeError } from "../../../api/describe-error.ts";
import { tagsKey, tagsQuery } from "../../../api/tag-queries.ts";
import { useAct } from "../../../api/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { EmptyState } from "../../../ui/card.tsx";
import { Confirm } from "../../../ui/confirm.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { FilterBar, SearchFilter, SelectFilter } from "../../../ui/filters.tsx";
import { count } from "../../../ui/format.ts";
import { PagedTable } from "../../../ui/paged-table.tsx";
import { Pager } from "../pager.tsx";
import { MergeForm } from "./merge-form.tsx";
import { SimilarTags } from "./similar-tags.tsx";
import { TagNameForm } from "./tag-name-form.tsx";
import { TagRow } from "./tag-row.tsx";
import type { TagsSearch } from "./tags-search.ts";

const sortChoices = [
  { value: "name", word: "By name" },
  { value: "newest", word: "Newest first" },
] as const;
const usageChoices = [
  { value: "used", word: "In use" },
  { value: "unused", word: "Unused" },
] as const;

const RemoveUnused = () => {
  const remove = useAct({
    act: () => call(deleteUnusedTags, {}),
    changes: [tagsKey],
    notice: ({ deleted }) => (deleted === 1 ? "1 tag is deleted." : `${count(deleted)} tags are deleted.`),
  });
  return (
    <Confirm
      trigger={<Button isBusy={remove.isPending}>Delete unused tags</Button>}
      title="Delete all unused tags?"
      confirm="Delete unused tags"
      onConfirm={() => remove.mutate()}
    >
      Tags that no document has, not even as a suggestion, leave your library. Documents are not changed.
    </Confirm>
  );
};

const useDialogs = () => {
  const [open, setOpen] = useState<"new" | { merge: readonly Tag[] }>();
  return {
    isNew: open === "new",
    merging: open === undefined || open === "new" ? undefined : open.merge,
    openNew: () => setOpen("new"),
    openMerge: (tags: readonly Tag[]) => setOpen({ merge: tags }),
    close: () => setOpen(undefined),
  };
};

interface TagsPageProps {
  search: TagsSearch;
  onSearch(search: TagsSearch): void;
}

const Filters = ({ search, onSearch }: TagsPageProps) => (
  <FilterBar>
    <SearchFilter
      label="Search"
      placeholder="Part of a name"
      value={search.query}
      onChange={(query) => onSearch({ ...search, query, page: undefined })}
    />
    <SelectFilter
      label="Use"
      all="All tags"
      choices={usageChoices}
      value={search.use}
      onChange={(use) => onSearch({ ...search, use, page: undefined })}
    />
    <SelectFilter
      label="Order"
      all="Most used first"
      choices={sortChoices}
      value={search.sort === "documents" ? undefined : search.sort}
      onChange={(sort) => onSearch({ ...search, sort, page: undefined })}
    />
  </FilterBar>
);

/** The person's library of tags: found, renamed, merged and cleaned up. */
export const TagsPage = ({ search, onSearch }: TagsPageProps) => {
  const { query, sort, use, page } = search;
  const tags = useQuery(tagsQuery({ query, sort, page, unused: use === undefined ? undefined : use === "unused" }));
  const [picked, setPicked] = useState<ReadonlyMap<string, Tag>>(new Map());
  const queries = useQueryClient();
  const dialogs = useDialogs();
  const readAgain = (): void => {
    setPicked(new Map());
    dialogs.close();
    void queries.invalidateQueries({ queryKey: tagsKey });
  };
  const pick = (tag: Tag, isPicked: boolean): void => {
    const next = new Map(picked);
    if (isPicked) next.set(tag.id, tag);
    else next.delete(tag.id);
    setPicked(next);
  };
  const isFiltered = query !== undefined || use !== undefined;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-end justify-between gap-3">
        <Filters search={search} onSearch={onSearch} />
        <div className="flex flex-wrap gap-2">
          {picked.size > 1 && (
            <Button onClick={() => dialogs.openMerge([...picked.values()])}>Merge {count(picked.size)} tags</Button>
          )}
          <RemoveUnused />
          <Button look="primary" onClick={dialogs.openNew}>
            New tag
          </Button>
        </div>
      </div>
      {!isFiltered && <SimilarTags onMerge={dialogs.openMerge} />}
      <PagedTable
        titles={["Tag", "Documents", "Accepted", "To decide", "Rejected", "Since", "Actions"]}
        numbers={["Documents", "Accepted", "To decide", "Rejected"]}
        rows={tags.data?.tags}
        error={tags.error === null ? undefined : describeError(tags.error)}
        onRetry={() => void tags.refetch()}
        more={undefined}
        empty={
          <EmptyState title={isFiltered ? "No tag is like that" : "No tags yet"}>
            {isFiltered
              ? "Change or clear the filters above."
              : "Tags come with the documents that you add. Tags that you make here first are preferred by the tagger."}
          </EmptyState>
        }
        row={(tag) => (
          <TagRow
            key={tag.id}
            tag={tag}
            isPicked={picked.has(tag.id)}
            onPick={(isPicked) => pick(tag, isPicked)}
            onChange={readAgain}
          />
        )}
      />
      {tags.data !== undefined && <Pager {...tags.data} onPage={(next) => onSearch({ ...search, page: next })} />}
      <Dialog open={dialogs.isNew} onClose={dialogs.close} title="New tag">
        <TagNameForm
          initial=""
          word="Add the tag"
          send={(name) => call(createTag, { body: { name } })}
          onDone={readAgain}
        />
      </Dialog>
      <Dialog open={dialogs.merging !== undefined} onClose={dialogs.close} title="Merge tags">
        {dialogs.merging !== undefined && <MergeForm tags={dialogs.merging} onDone={readAgain} />}
      </Dialog>
    </div>
  );
};
