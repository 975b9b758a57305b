import { exportDocuments, type ExportDocumentsRequest } from "@llm-tuner/contract/documents.ts";
import { Download } from "lucide-react";
import { useState } from "react";
import { download } from "../../api/call.ts";
import { useAct } from "../../api/use-act.ts";
import { Button } from "../../ui/button.tsx";
import { Menu } from "../../ui/menu.tsx";
import { TrainingDataDialog } from "./training-data-form.tsx";

/** Which documents are meant: those of a filter, or some of them by their ids. */
export type Exported = Pick<ExportDocumentsRequest, "document_ids" | "filter">;

const formats = [
  { format: "csv", word: "CSV" },
  { format: "xlsx", word: "Excel (XLSX)" },
  { format: "jsonl", word: "JSON lines, with the text" },
] as const;

/** Takes documents with their tags out of the platform, or makes training data of them. */
export const ExportMenu = ({ documents, label = "Export" }: { documents: Exported; label?: string }) => {
  const [isMaking, setIsMaking] = useState(false);
  const save = useAct({
    act: (format: (typeof formats)[number]["format"]) =>
      download(
        exportDocuments,
        { body: { ...documents, format, include_text: format === "jsonl" } },
        `documents.${format}`,
      ),
    notice: "The documents are among your downloads.",
  });
  return (
    <>
      <Menu
        trigger={
          <Button isBusy={save.isPending}>
            <Download aria-hidden size={14} />
            {label}
          </Button>
        }
        acts={[
          ...formats.map(({ format, word }) => ({ word, onSelect: () => save.mutate(format) })),
          { word: "Make a training data set", onSelect: () => setIsMaking(true) },
        ]}
      />
      <TrainingDataDialog documents={documents} open={isMaking} onClose={() => setIsMaking(false)} />
    </>
  );
};
