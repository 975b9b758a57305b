import { TagName, type Tag } from "@llm-tuner/contract/tags.ts";
import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { useFormCall } from "../../../api/use-form-call.ts";
import { Button } from "../../../ui/button.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { TextField } from "../../../ui/field.tsx";

const Values = z.object({ name: TagName });

interface TagNameFormProps {
  initial: string;
  word: string;
  send(name: string): Promise<Tag>;
  onDone(tag: Tag): void;
}

/** The name of a tag, new or changed. */
export const TagNameForm = ({ initial, word, send, onDone }: TagNameFormProps) => {
  const form = useForm({ resolver: zodResolver(Values), defaultValues: { name: initial } });
  const { onSubmit, isBusy, panel } = useFormCall({
    form,
    send: ({ name }: z.infer<typeof Values>) => send(name),
    onDone,
  });
  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-4">
      {panel !== undefined && <ErrorPanel error={panel} />}
      <TextField label="Name" error={form.formState.errors.name?.message} {...form.register("name")} />
      <div className="flex justify-end">
        <Button type="submit" look="primary" isBusy={isBusy}>
          {word}
        </Button>
      </div>
    </form>
  );
};
