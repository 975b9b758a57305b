import { NewPassword, updateMe, type User } from "@llm-tuner/contract/accounts.ts";
import { requestPasswordReset } from "@llm-tuner/contract/mailed-links.ts";
import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { call } from "../../../api/call.ts";
import { sessionsQuery } from "../../../api/queries.ts";
import { useAct } from "../../../api/use-act.ts";
import { useFormCall } from "../../../api/use-form-call.ts";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { TextField } from "../../../ui/field.tsx";
import { showNotice } from "../../../ui/toasts.tsx";
import { useQueryClient } from "@tanstack/react-query";
import { NewPasswordField } from "../new-password-field.tsx";

const Values = z.object({
  current_password: z.string().min(1, "Enter your present password."),
  new_password: NewPassword,
});
const empty = { current_password: "", new_password: "" };

const ChangeForm = () => {
  const queries = useQueryClient();
  const form = useForm({ resolver: zodResolver(Values), defaultValues: empty });
  const { errors } = form.formState;
  const change = useFormCall({
    form,
    aliases: { password: "new_password" },
    send: (body) => call(updateMe, { body }),
    onDone: () => {
      form.reset(empty);
      showNotice("Your new password holds. Your other sessions have ended.");
      return queries.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    },
  });
  return (
    <form noValidate onSubmit={change.onSubmit} className="flex max-w-96 flex-col gap-3">
      <TextField
        label="Present password"
        type="password"
        autoComplete="current-password"
        {...form.register("current_password")}
        error={errors.current_password?.message}
      />
      <NewPasswordField field={form.register("new_password")} error={errors.new_password?.message} />
      {change.panel !== undefined && <ErrorPanel error={change.panel} />}
      <Button type="submit" className="self-start" isBusy={change.isBusy}>
        Change the password
      </Button>
      <p className="text-xs text-faint">A new password ends every other session of your account.</p>
    </form>
  );
};

const FirstPassword = ({ email, provider }: { email: string; provider: string }) => {
  const ask = useAct({
    act: () => call(requestPasswordReset, { body: { email } }),
    notice: ({ message }) => message,
  });
  return (
    <>
      <p className="mb-3 text-soft">
        You sign in with {provider}. A password is a second way in; the link for it comes by mail.
      </p>
      <Button isBusy={ask.isPending} onClick={() => ask.mutate()}>
        Mail me a link
      </Button>
    </>
  );
};

export const PasswordCard = ({ person, provider }: { person: User; provider: string }) => (
  <Card title="Password">
    {person.provider === "password" ? <ChangeForm /> : <FirstPassword email={person.email} provider={provider} />}
  </Card>
);
