import { deleteTag, renameTag, type Tag } from "@llm-tuner/contract/tags.ts";
import { Link } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { call } from "../../../api/call.ts";
import { tagsKey } from "../../../api/tag-queries.ts";
import { useAct } from "../../../api/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/confirm.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { ago, count, dateTime } from "../../../ui/format.ts";
import { Menu } from "../../../ui/menu.tsx";
import { Cell, TableRow } from "../../../ui/paged-table.tsx";
import { showNotice } from "../../../ui/toasts.tsx";
import { ChoiceBox } from "../choice-box.tsx";
import { TagNameForm } from "./tag-name-form.tsx";

interface TagRowProps {
  tag: Tag;
  isPicked: boolean;
  onPick(isPicked: boolean): void;
  /** A name was changed: the list is read again. */
  onChange(): void;
}

const Acts = ({ tag, onChange }: Pick<TagRowProps, "tag" | "onChange">) => {
  const [open, setOpen] = useState<"rename" | "delete">();
  const close = (): void => setOpen(undefined);
  const params = { id: tag.id };
  const remove = useAct({
    act: () => call(deleteTag, { params }),
    changes: [tagsKey, ["documents"]],
    notice: `${tag.name} is deleted.`,
  });
  return (
    <>
      <Menu
        trigger={
          <Button look="quiet" isBusy={remove.isPending} aria-label={`Actions on ${tag.name}`}>
            <Ellipsis aria-hidden size={16} />
          </Button>
        }
        acts={[
          { word: "Rename", onSelect: () => setOpen("rename") },
          { word: "Delete", isDangerous: true, onSelect: () => setOpen("delete") },
        ]}
      />
      <Dialog
        open={open === "rename"}
        onClose={close}
        title={`Rename ${tag.name}`}
        description={`On ${count(tag.documents)} ${tag.documents === 1 ? "document" : "documents"} at once.`}
      >
        <TagNameForm
          initial={tag.name}
          word="Rename"
          send={(name) => call(renameTag, { params, body: { name } })}
          onDone={({ name }) => {
            close();
            showNotice(`${tag.name} is now ${name}.`);
            onChange();
          }}
        />
      </Dialog>
      <Confirm
        open={open === "delete"}
        onOpenChange={(isOpen) => (isOpen ? undefined : close())}
        title={`Delete ${tag.name}?`}
        confirm="Delete the tag"
        onConfirm={() => remove.mutate()}
      >
        {tag.documents === 0
          ? "No document has it."
          : `It is taken off ${count(tag.documents)} ${tag.documents === 1 ? "document" : "documents"}. This cannot be undone.`}
      </Confirm>
    </>
  );
};

export const TagRow = ({ tag, isPicked, onPick, onChange }: TagRowProps) => (
  <TableRow>
    <Cell>
      <div className="flex items-center gap-3">
        <ChoiceBox name={tag.name} isChosen={isPicked} onChosen={onPick} />
        <Link
          to="/documents/history"
          search={{ tag: tag.name }}
          className="min-w-0 font-medium break-words text-accent-text hover:underline"
        >
          {tag.name}
        </Link>
      </div>
    </Cell>
    <Cell isNumber>{count(tag.documents)}</Cell>
    <Cell isNumber>{count(tag.accepted)}</Cell>
    <Cell isNumber>{count(tag.suggested)}</Cell>
    <Cell isNumber>{count(tag.rejected)}</Cell>
    <Cell title={dateTime(tag.created_at)}>{ago(tag.created_at)}</Cell>
    <Cell>
      <Acts tag={tag} onChange={onChange} />
    </Cell>
  </TableRow>
);
