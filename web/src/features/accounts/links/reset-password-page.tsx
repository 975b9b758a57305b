import { NewPassword } from "@llm-tuner/contract/accounts.ts";
import { confirmPasswordReset } from "@llm-tuner/contract/mailed-links.ts";
import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { call } from "../../../api/call.ts";
import { forgetSession } from "../../../api/session.ts";
import { useFormCall } from "../../../api/use-form-call.ts";
import { Button } from "../../../ui/button.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { AuthFrame } from "../auth-frame.tsx";
import { NewPasswordField } from "../new-password-field.tsx";
import { BackToStart, IncompleteLink } from "./incomplete-link.tsx";
import { useLinkToken } from "./link-token.ts";

const title = "Choose a new password";

const ResetForm = ({ token }: { token: string }) => {
  const form = useForm({
    resolver: zodResolver(z.object({ new_password: NewPassword })),
    defaultValues: { new_password: "" },
  });
  const confirm = useFormCall({
    form,
    aliases: { password: "new_password" },
    send: ({ new_password }) => call(confirmPasswordReset, { body: { token, new_password } }),
    // All sessions of the account have ended, this browser's among them.
    onDone: forgetSession,
  });
  if (confirm.result !== undefined) {
    return (
      <AuthFrame title="Your new password holds">
        <Notice tone="success">{confirm.result.message}</Notice>
        <BackToStart />
      </AuthFrame>
    );
  }
  return (
    <AuthFrame title={title} subtitle="Every device that is signed in to your account will be signed out.">
      <form noValidate onSubmit={confirm.onSubmit} className="flex flex-col gap-4">
        <NewPasswordField field={form.register("new_password")} error={form.formState.errors.new_password?.message} />
        {confirm.panel !== undefined && <ErrorPanel error={confirm.panel} />}
        <Button type="submit" look="primary" isBusy={confirm.isBusy}>
          Set the password
        </Button>
      </form>
    </AuthFrame>
  );
};

/** Also where an invited person sets their first password. */
export const ResetPasswordPage = () => {
  const token = useLinkToken();
  return token === undefined ? <IncompleteLink title={title} /> : <ResetForm token={token} />;
};
