import { LoginRequest, RegisterRequest, login, register, type SignedIn } from "@llm-tuner/contract/accounts.ts";
import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { call } from "../../../api/call.ts";
import { useFormCall } from "../../../api/use-form-call.ts";
import { Button } from "../../../ui/button.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { TextField } from "../../../ui/field.tsx";
import { NewPasswordField } from "../new-password-field.tsx";

interface CredentialsFormProps {
  isNew: boolean;
  email: string;
  onSignedIn(signedIn: SignedIn): void;
  /** The account waits for its address to be verified; `message` says so in the platform's words. */
  onMailSent(message: string, email: string): void;
}

/** Sign in and sign up are one form: the difference is one word and where it goes. */
export const CredentialsForm = ({ isNew, email, onSignedIn, onMailSent }: CredentialsFormProps) => {
  const form = useForm({
    resolver: zodResolver(isNew ? RegisterRequest.pick({ email: true, password: true }) : LoginRequest),
    defaultValues: { email, password: "" },
  });
  const { errors } = form.formState;
  const enter = useFormCall({
    form,
    send: (body) => (isNew ? call(register, { body }) : call(login, { body })),
    onDone: (answer) => {
      if ("message" in answer) onMailSent(answer.message, form.getValues("email"));
      else onSignedIn(answer);
    },
  });
  return (
    <form noValidate onSubmit={enter.onSubmit} className="flex flex-col gap-4">
      <TextField
        label="E-mail"
        type="email"
        autoComplete="email"
        {...form.register("email")}
        error={errors.email?.message}
      />
      {isNew ? (
        <NewPasswordField label="Password" field={form.register("password")} error={errors.password?.message} />
      ) : (
        <TextField
          label="Password"
          type="password"
          autoComplete="current-password"
          {...form.register("password")}
          error={errors.password === undefined ? undefined : "Enter your password."}
        />
      )}
      {enter.panel !== undefined && <ErrorPanel error={enter.panel} />}
      <Button type="submit" look="primary" isBusy={enter.isBusy}>
        {isNew ? "Create account" : "Sign in"}
      </Button>
    </form>
  );
};
