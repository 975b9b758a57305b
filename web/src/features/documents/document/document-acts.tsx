import { retryDocument } from "@llm-tuner/contract/document-jobs.ts";
import {
  deleteDocument,
  getDocumentFile,
  getDocumentText,
  type DocumentDetail,
} from "@llm-tuner/contract/documents.ts";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { call, download } from "../../../api/call.ts";
import { documentKey } from "../../../api/document-page-queries.ts";
import { useAct } from "../../../api/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/confirm.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Menu } from "../../../ui/menu.tsx";
import { TitleForm } from "./title-form.tsx";

/** Tries a document again that failed or was cancelled. */
export const RetryButton = ({ document: { id } }: { document: DocumentDetail }) => {
  const retry = useAct({
    act: () => call(retryDocument, { params: { id } }),
    changes: [documentKey(id), ["document-jobs"]],
  });
  return (
    <Button look="primary" isBusy={retry.isPending} onClick={() => retry.mutate()}>
      Try again
    </Button>
  );
};

/** What may be done with a document as a whole. */
export const DocumentActs = ({ document, onShortcuts }: { document: DocumentDetail; onShortcuts(): void }) => {
  const { id, title, file_name, has_file, text_characters } = document;
  const [open, setOpen] = useState<"title" | "delete">();
  const close = (): void => setOpen(undefined);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const params = { id };
  const save = useAct({ act: () => download(getDocumentFile, { params }, file_name) });
  const saveText = useAct({ act: () => download(getDocumentText, { params }, `${file_name}.txt`) });
  const remove = useAct({
    act: () => call(deleteDocument, { params }),
    notice: `${title} is deleted.`,
    onDone: async () => {
      await navigate({ to: "/documents" });
      queries.removeQueries({ queryKey: documentKey(id) });
      await queries.invalidateQueries({ queryKey: ["documents"] });
      await queries.invalidateQueries({ queryKey: ["document-jobs"] });
    },
  });
  return (
    <>
      <Menu
        trigger={
          <Button isBusy={remove.isPending || save.isPending} aria-label="Actions on this document">
            <Ellipsis aria-hidden size={16} />
          </Button>
        }
        acts={[
          ...(has_file ? [{ word: "Download the file", onSelect: () => save.mutate() }] : []),
          ...(text_characters > 0 ? [{ word: "Download the text", onSelect: () => saveText.mutate() }] : []),
          { word: "Change the title", onSelect: () => setOpen("title") },
          { word: "Keyboard shortcuts", onSelect: onShortcuts },
          { word: "Delete", isDangerous: true, onSelect: () => setOpen("delete") },
        ]}
      />
      <Dialog open={open === "title"} onClose={close} title="Change the title">
        <TitleForm
          document={document}
          onDone={() => {
            close();
            void queries.invalidateQueries({ queryKey: ["documents"] });
          }}
        />
      </Dialog>
      <Confirm
        open={open === "delete"}
        onOpenChange={(isOpen) => (isOpen ? undefined : close())}
        title={`Delete ${title}?`}
        confirm="Delete the document"
        onConfirm={() => remove.mutate()}
      >
        Its file, its text and what was decided about its tags go with it. This cannot be undone.
      </Confirm>
    </>
  );
};
