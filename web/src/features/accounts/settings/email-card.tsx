import { Email, type User } from "@llm-tuner/contract/accounts.ts";
import { changeEmail, resendVerification } from "@llm-tuner/contract/mailed-links.ts";
import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { call } from "../../../api/call.ts";
import { useAct } from "../../../api/use-act.ts";
import { useFormCall } from "../../../api/use-form-call.ts";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { Status } from "../../../ui/status.tsx";

const Verification = ({ isVerified }: { isVerified: boolean }) => {
  const resend = useAct({ act: () => call(resendVerification, {}), notice: ({ message }) => message });
  return isVerified ? (
    <Status tone="success">Verified</Status>
  ) : (
    <>
      <Status tone="warning">Not verified</Status>
      <Button isBusy={resend.isPending} onClick={() => resend.mutate()}>
        Send the link again
      </Button>
    </>
  );
};

const empty = { new_email: "", current_password: "" };

/** Asks for the password in the same step, of whoever has one; for others the platform wants a recent sign-in. */
const ChangeForm = ({ hasPassword }: { hasPassword: boolean }) => {
  const form = useForm({
    resolver: zodResolver(
      z.object({
        new_email: Email,
        current_password: hasPassword ? z.string().min(1, "Enter your password.") : z.string(),
      }),
    ),
    defaultValues: empty,
  });
  const { errors } = form.formState;
  const change = useFormCall({
    form,
    send: ({ new_email, current_password }) =>
      call(changeEmail, { body: { new_email, ...(current_password === "" ? {} : { current_password }) } }),
    onDone: () => form.reset(empty),
  });
  return (
    <form noValidate onSubmit={change.onSubmit} className="mt-4 flex max-w-96 flex-col gap-3">
      <TextField
        label="New address"
        type="email"
        autoComplete="email"
        help="A link goes there; until it is opened, your present address stays."
        {...form.register("new_email")}
        error={errors.new_email?.message}
      />
      {hasPassword && (
        <TextField
          label="Your password"
          type="password"
          autoComplete="current-password"
          {...form.register("current_password")}
          error={errors.current_password?.message}
        />
      )}
      {change.panel !== undefined && <ErrorPanel error={change.panel} />}
      {change.result !== undefined && <Notice tone="success">{change.result.message}</Notice>}
      <Button type="submit" className="self-start" isBusy={change.isBusy}>
        Change the address
      </Button>
    </form>
  );
};

export const EmailCard = ({ person }: { person: User }) => (
  <Card title="E-mail">
    <div className="flex flex-wrap items-center gap-3">
      <span className="font-medium break-all">{person.email}</span>
      <Verification isVerified={person.is_verified} />
    </div>
    <ChangeForm hasPassword={person.provider === "password"} />
  </Card>
);
