import { FullName, updateMe, type User } from "@llm-tuner/contract/accounts.ts";
import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { call } from "../../../api/call.ts";
import { meQuery } from "../../../api/queries.ts";
import { useFormCall } from "../../../api/use-form-call.ts";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { TextField } from "../../../ui/field.tsx";
import { showNotice } from "../../../ui/toasts.tsx";
import { UnsavedGuard } from "../../../ui/unsaved-guard.tsx";

const Values = z.object({ full_name: z.union([z.literal(""), FullName]) });

export const NameForm = ({ person }: { person: User }) => {
  const queries = useQueryClient();
  const form = useForm({
    resolver: zodResolver(Values),
    values: { full_name: person.full_name ?? "" },
    // What was typed stays when the profile is read again.
    resetOptions: { keepDirtyValues: true },
  });
  const { isDirty, errors } = form.formState;
  const save = useFormCall({
    form,
    send: ({ full_name }) => call(updateMe, { body: { full_name: full_name === "" ? null : full_name } }),
    onDone: (changed) => {
      form.reset({ full_name: changed.full_name ?? "" });
      queries.setQueryData(meQuery.queryKey, changed);
      showNotice("Your name is saved.");
    },
  });
  return (
    <Card title="Name">
      <UnsavedGuard isDirty={isDirty} />
      <form noValidate onSubmit={save.onSubmit} className="grid items-start gap-3 sm:grid-cols-[24rem_auto]">
        <TextField
          label="Full name"
          autoComplete="name"
          help="Shown to administrators. May be empty."
          {...form.register("full_name")}
          error={errors.full_name?.message}
        />
        <Button type="submit" className="justify-self-start sm:mt-6" disabled={!isDirty} isBusy={save.isBusy}>
          Save
        </Button>
        {save.panel !== undefined && <ErrorPanel error={save.panel} />}
      </form>
    </Card>
  );
};
