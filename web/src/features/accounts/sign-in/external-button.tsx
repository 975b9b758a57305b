import { linkGoogleSignIn, type ExternalSignInMessage } from "@llm-tuner/contract/external-sign-in.ts";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { call } from "../../../api/call.ts";
import { describeError } from "../../../api/describe-error.ts";
import { keepSession } from "../../../api/session.ts";
import { useFormCall } from "../../../api/use-form-call.ts";
import { Button } from "../../../ui/button.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { messageInQuery } from "./external-message.ts";
import { externalWords } from "./external-words.ts";
import { useExternalSignIn } from "./use-external-sign-in.ts";

interface ExternalProps {
  provider: string;
  /** The new session is taken up already. */
  onSignedIn?: (() => void) | undefined;
}

/** Joins the sign-in that waits at the platform to the account that has its address already. */
const LinkForm = ({ provider, onSignedIn }: ExternalProps) => {
  const form = useForm<{ password: string }>();
  const link = useFormCall({
    form,
    send: (body) => call(linkGoogleSignIn, { body }),
    onDone: (signedIn) => {
      keepSession(signedIn);
      onSignedIn?.();
    },
  });
  return (
    <form noValidate onSubmit={link.onSubmit} className="flex flex-col gap-3 rounded-md border border-line p-3">
      <p>
        An account with your address exists already. Give its password once, and {provider} will sign you in to it from
        now on.
      </p>
      <TextField
        label="Password of that account"
        type="password"
        autoComplete="current-password"
        {...form.register("password", { required: "Enter the password." })}
        error={form.formState.errors.password?.message}
      />
      {link.panel !== undefined && <ErrorPanel error={link.panel} />}
      <Button type="submit" isBusy={link.isBusy}>
        Connect {provider}
      </Button>
    </form>
  );
};

const Outcome = ({ message, ...external }: ExternalProps & { message: ExternalSignInMessage }) => {
  if (message.outcome === "password_required") return <LinkForm {...external} />;
  const words = externalWords(message, external.provider);
  return words === undefined ? null : <Notice tone={words.tone === "failure" ? "danger" : "info"}>{words.text}</Notice>;
};

export const ExternalButton = ({ provider, onSignedIn }: ExternalProps) => {
  const external = useExternalSignIn(onSignedIn);
  const [returned] = useState(() => messageInQuery(location.search));
  const message = external.message ?? (external.isBusy ? undefined : returned);
  return (
    <div className="flex flex-col gap-3">
      <Button isBusy={external.isBusy} onClick={external.start}>
        Continue with {provider}
      </Button>
      {message !== undefined && <Outcome message={message} provider={provider} onSignedIn={onSignedIn} />}
      {external.error !== null && <ErrorPanel error={describeError(external.error)} />}
    </div>
  );
};
