import { Email } from "@llm-tuner/contract/accounts.ts";
import { requestPasswordReset } from "@llm-tuner/contract/mailed-links.ts";
import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { call } from "../../../api/call.ts";
import { useFormCall } from "../../../api/use-form-call.ts";
import { Button } from "../../../ui/button.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { AuthFrame } from "../auth-frame.tsx";
import { BackToStart } from "./incomplete-link.tsx";

export const ForgotPasswordPage = () => {
  const form = useForm({ resolver: zodResolver(z.object({ email: Email })), defaultValues: { email: "" } });
  const ask = useFormCall({ form, send: (body) => call(requestPasswordReset, { body }) });
  return (
    <AuthFrame
      title="Forgot your password?"
      subtitle="Give the address of your account, and a link for a new password comes by mail."
    >
      {ask.result === undefined ? (
        <form noValidate onSubmit={ask.onSubmit} className="flex flex-col gap-4">
          <TextField
            label="E-mail"
            type="email"
            autoComplete="email"
            {...form.register("email")}
            error={form.formState.errors.email?.message}
          />
          {ask.panel !== undefined && <ErrorPanel error={ask.panel} />}
          <Button type="submit" look="primary" isBusy={ask.isBusy}>
            Send the link
          </Button>
        </form>
      ) : (
        <Notice>{ask.result.message}</Notice>
      )}
      <BackToStart>Back to signing in</BackToStart>
    </AuthFrame>
  );
};
