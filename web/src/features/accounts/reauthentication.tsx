import { reauthenticate } from "@llm-tuner/contract/sessions.ts";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useForm } from "react-hook-form";
import { call } from "../../api/call.ts";
import { meQuery, signInOptionsQuery } from "../../api/queries.ts";
import { answerRecentSignIn } from "../../api/recent-sign-in.ts";
import { currentSession } from "../../api/session.ts";
import { useFormCall } from "../../api/use-form-call.ts";
import { Button } from "../../ui/button.tsx";
import { Skeleton } from "../../ui/card.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { TextField } from "../../ui/field.tsx";
import { ExternalButton } from "./sign-in/external-button.tsx";

const PasswordProof = ({ onProven }: { onProven(): void }) => {
  const form = useForm({ defaultValues: { password: "" } });
  const prove = useFormCall({ form, send: (body) => call(reauthenticate, { body }), onDone: onProven });
  return (
    <form noValidate onSubmit={prove.onSubmit} className="flex flex-col gap-3">
      <TextField
        label="Your password"
        type="password"
        autoComplete="current-password"
        {...form.register("password", { required: "Enter your password." })}
        error={form.formState.errors.password?.message}
      />
      {prove.panel !== undefined && <ErrorPanel error={prove.panel} />}
      <Button type="submit" look="primary" className="self-end" isBusy={prove.isBusy}>
        Go on
      </Button>
    </form>
  );
};

const Proofs = ({ onProven }: { onProven(): void }) => {
  const { data: person, isPending: isPersonPending } = useQuery(meQuery);
  const { data: options, isPending: areOptionsPending } = useQuery(signInOptionsQuery);
  const provider = options?.external_provider?.name;
  const isExternal = person !== undefined && person.provider !== "password" && provider !== undefined;
  const [usesPassword, setUsesPassword] = useState(false);
  const [before] = useState(() => currentSession()?.email);
  // A password that is being typed must not give way to the provider's button: what to ask for is known first.
  if (person?.provider !== "password" && (isPersonPending || areOptionsPending)) return <Skeleton className="h-24" />;
  if (!isExternal || usesPassword) return <PasswordProof onProven={onProven} />;
  return (
    <div className="flex flex-col gap-3">
      <ExternalButton
        provider={provider}
        // Somebody else's sign-in proves nothing, and must not repeat this person's act in their name.
        onSignedIn={() => (currentSession()?.email === before ? onProven() : location.assign("/"))}
      />
      <Button look="quiet" onClick={() => setUsesPassword(true)}>
        Use a password instead
      </Button>
    </div>
  );
};

/** Stands once around the pages; appears whenever the platform wants to know that the person is still the same. */
export const Reauthentication = () => {
  const [isOpen, setIsOpen] = useState(false);
  const answer = useRef<(isProven: boolean) => void>(undefined);
  useEffect(
    () =>
      answerRecentSignIn(
        () =>
          new Promise((resolve) => {
            answer.current = resolve;
            setIsOpen(true);
          }),
      ),
    [],
  );
  const close = (isProven: boolean): void => {
    answer.current?.(isProven);
    setIsOpen(false);
  };
  return (
    <Dialog
      open={isOpen}
      onClose={() => close(false)}
      title="Is it you?"
      description="This needs a sign-in from the last few minutes."
    >
      <Proofs onProven={() => close(true)} />
    </Dialog>
  );
};
