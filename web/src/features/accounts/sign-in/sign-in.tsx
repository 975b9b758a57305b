import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "@tanstack/react-router";
import { useState } from "react";
import { signInOptionsQuery } from "../../../api/queries.ts";
import { keepSession } from "../../../api/session.ts";
import { Button } from "../../../ui/button.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { AuthFrame } from "../auth-frame.tsx";
import { CredentialsForm } from "./credentials-form.tsx";
import { ExternalButton } from "./external-button.tsx";

const Or = () => (
  <div className="flex items-center gap-3 text-xs text-faint">
    <span aria-hidden className="h-px flex-1 bg-line" />
    or
    <span aria-hidden className="h-px flex-1 bg-line" />
  </div>
);

const MailSent = ({ message, email, onBack }: { message: string; email: string; onBack(): void }) => (
  <AuthFrame title="Look into your mailbox" subtitle={email}>
    <Notice>{message}</Notice>
    <p className="text-soft">Then sign in here. If no mail comes, look among the unwanted ones.</p>
    <Button onClick={onBack}>Back to signing in</Button>
  </AuthFrame>
);

/** Who the first administrator is, is decided by a link that the server prints at its start. */
const FirstAdminNotice = ({ isSetup }: { isSetup: boolean }) => (
  <Notice>
    {isSetup
      ? "Sign in with the account that will administer this installation, or create it here."
      : "This installation has no administrator yet. The server printed a link for the first one when it started."}
  </Notice>
);

/** Stands wherever a session is needed and there is none; keeping one makes it go away. */
export const SignIn = () => {
  const { pathname } = useLocation();
  const { data: options } = useQuery(signInOptionsQuery);
  const [isNew, setIsNew] = useState(false);
  const [sent, setSent] = useState<{ message: string; email: string }>();
  const isOpen = options?.registration_open ?? true;
  const provider = options?.external_provider?.name;
  const back = (): void => {
    setSent(undefined);
    setIsNew(false);
  };
  if (sent !== undefined) return <MailSent {...sent} onBack={back} />;
  const withPassword = (
    <>
      <CredentialsForm
        key={String(isNew)}
        isNew={isNew}
        email=""
        onSignedIn={keepSession}
        onMailSent={(message, email) => setSent({ message, email })}
      />
      {!isNew && (
        <Link to="/forgot-password" className="self-center text-accent-text hover:underline">
          Forgot your password?
        </Link>
      )}
      {isOpen ? (
        <Button look="quiet" onClick={() => setIsNew(!isNew)}>
          {isNew ? "I have an account" : "I am new here"}
        </Button>
      ) : (
        <p className="text-center text-xs text-faint">
          New accounts are made by an administrator of this installation.
        </p>
      )}
    </>
  );
  return (
    <AuthFrame
      title="LLM Tuner"
      subtitle="Tune a model on your own data and ask it through the OpenAI API, on your own machine."
    >
      {options?.needs_first_admin === true && <FirstAdminNotice isSetup={pathname === "/setup"} />}
      <ExternalButton provider={provider}>
        {provider !== undefined && <Or />}
        {withPassword}
      </ExternalButton>
    </AuthFrame>
  );
};
