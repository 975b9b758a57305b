import { updateDocument, type DocumentDetail } from "@llm-tuner/contract/documents.ts";
import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { call } from "../../../api/call.ts";
import { useFormCall } from "../../../api/use-form-call.ts";
import { Button } from "../../../ui/button.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { TextField } from "../../../ui/field.tsx";

const Values = z.object({ title: z.string().trim().min(1, "Give it a title.").max(500) });

/** Another title for a document. */
export const TitleForm = ({ document, onDone }: { document: DocumentDetail; onDone(): void }) => {
  const form = useForm({ resolver: zodResolver(Values), defaultValues: { title: document.title } });
  const { onSubmit, isBusy, panel } = useFormCall({
    form,
    send: ({ title }: z.infer<typeof Values>) => call(updateDocument, { params: { id: document.id }, body: { title } }),
    onDone,
  });
  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-4">
      {panel !== undefined && <ErrorPanel error={panel} />}
      <TextField label="Title" error={form.formState.errors.title?.message} {...form.register("title")} />
      <div className="flex justify-end">
        <Button type="submit" look="primary" isBusy={isBusy}>
          Save
        </Button>
      </div>
    </form>
  );
};
