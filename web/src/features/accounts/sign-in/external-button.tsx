import { linkGoogleSignIn, type ExternalSignInMessage } from "@llm-tuner/contract/external-sign-in.ts";
import { useState, type ReactNode } from "react";
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
    <form noValidate onSubmit={link.onSubmit} className="flex flex-col gap-4">
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
      <Button type="submit" look="primary" isBusy={link.isBusy}>
        Connect {provider}
      </Button>
    </form>
  );
};

const Outcome = ({ message, provider }: { message: ExternalSignInMessage; provider: string }) => {
  const words = externalWords(message, provider);
  return words === undefined ? null : <Notice tone={words.tone === "failure" ? "danger" : "info"}>{words.text}</Notice>;
};

interface ExternalButtonProps extends Omit<ExternalProps, "provider"> {
  /** Undefined where there is none, and until that is known: what was typed meanwhile into `children` stays. */
  provider: string | undefined;
  children?: ReactNode;
}

/** The provider's button above the other ways in; they make room when one password is all that is missing. */
export const ExternalButton = ({ provider, onSignedIn, children }: ExternalButtonProps) => {
  const external = useExternalSignIn(onSignedIn);
  const [returned, setReturned] = useState(() => messageInQuery(location.search));
  const message = external.message ?? (external.isBusy ? undefined : returned);
  if (provider !== undefined && message?.outcome === "password_required") {
    const leave = (): void => {
      setReturned(undefined);
      external.forget();
    };
    return (
      <>
        <LinkForm provider={provider} onSignedIn={onSignedIn} />
        <Button look="quiet" onClick={leave}>
          Not now
        </Button>
      </>
    );
  }
  return (
    <>
      {provider !== undefined && (
        <>
          <Button isBusy={external.isBusy} onClick={external.start}>
            Continue with {provider}
          </Button>
          {message !== undefined && <Outcome message={message} provider={provider} />}
          {external.error !== null && <ErrorPanel error={describeError(external.error)} />}
        </>
      )}
      {children}
    </>
  );
};
