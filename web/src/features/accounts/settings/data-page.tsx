import { deleteMe, exportMe } from "@llm-tuner/contract/accounts.ts";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { call, download } from "../../../api/call.ts";
import { currentSession, forgetSession } from "../../../api/session.ts";
import { useAct } from "../../../api/use-act.ts";
import { useFormCall } from "../../../api/use-form-call.ts";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { TextField } from "../../../ui/field.tsx";
import { showNotice } from "../../../ui/toasts.tsx";

const Export = () => {
  const save = useAct({
    act: () => download(exportMe, {}, "llm-tuner-export.zip"),
    notice: "The archive is among your downloads.",
  });
  return (
    <Card title="Take your data with you">
      <p className="mb-4 text-soft">
        A ZIP archive with your profile, sessions, keys (without their secrets), usage and runs as JSON, and your files
        as you uploaded them.
      </p>
      <Button isBusy={save.isPending} onClick={() => save.mutate()}>
        Download everything
      </Button>
    </Card>
  );
};

const whatGoes = [
  "your files, data sets, runs and models, those that are deployed too",
  "your API keys: programs that use them are refused at once",
  "your sessions on every device",
];

const DeleteForm = ({ email, onCancel }: { email: string; onCancel(): void }) => {
  const form = useForm({ defaultValues: { email: "" } });
  const remove = useFormCall({
    form,
    send: (body) => call(deleteMe, { body }),
    onDone: ({ message }) => {
      forgetSession();
      showNotice(message);
    },
  });
  const isTyped = useWatch({ control: form.control, name: "email" }).trim().toLowerCase() === email.toLowerCase();
  return (
    <form noValidate onSubmit={remove.onSubmit} className="flex flex-col gap-4">
      <ul className="list-disc space-y-1 pl-5">
        {whatGoes.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <TextField
        label={`Type ${email} to confirm`}
        autoComplete="off"
        {...form.register("email")}
        error={form.formState.errors.email?.message}
      />
      {remove.panel !== undefined && <ErrorPanel error={remove.panel} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" look="danger" disabled={!isTyped} isBusy={remove.isBusy}>
          Delete my account
        </Button>
      </div>
    </form>
  );
};

const Delete = () => {
  const [isOpen, setIsOpen] = useState(false);
  const close = (): void => setIsOpen(false);
  const email = currentSession()?.email ?? "";
  return (
    <Card title="Delete your account">
      <p className="mb-4 text-soft">
        Removes the account with everything that is yours. What the audit log must keep loses your address.
      </p>
      <Button look="danger" onClick={() => setIsOpen(true)}>
        Delete my account…
      </Button>
      <Dialog
        open={isOpen}
        onClose={close}
        title="Delete your account?"
        description="This cannot be undone. It removes"
      >
        <DeleteForm email={email} onCancel={close} />
      </Dialog>
    </Card>
  );
};

export const DataPage = () => (
  <>
    <Export />
    <Delete />
  </>
);
