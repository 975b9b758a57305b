import { login, register } from "@llm-tuner/contract/accounts.ts";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { call } from "../../api/call.ts";
import { describeError } from "../../api/describe-error.ts";
import { keepSession } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { TextField } from "../../ui/field.tsx";

interface Credentials {
  email: string;
  password: string;
}

const least = 8;

/** Sign in and sign up are one form: the difference is one word and where it goes. */
export const SignIn = () => {
  const [isNew, setIsNew] = useState(false);
  const { register: field, handleSubmit, formState } = useForm<Credentials>();
  const enter = useMutation({
    mutationFn: (body: Credentials) => (isNew ? call(register, { body }) : call(login, { body })),
    onSuccess: keepSession,
  });
  const word = isNew ? "Create account" : "Sign in";
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <form
        noValidate
        onSubmit={(event) => void handleSubmit((credentials) => enter.mutate(credentials))(event)}
        className="flex w-full max-w-sm flex-col gap-4 rounded-lg border border-line bg-raised p-6 shadow-card"
      >
        <header>
          <h1>LLM Tuner</h1>
          <p className="mt-1 text-soft">
            Tune a model on your own data and ask it through the OpenAI API, on your own machine.
          </p>
        </header>
        <TextField
          label="E-mail"
          type="email"
          autoComplete="email"
          {...field("email", { required: "Enter your e-mail address." })}
          error={formState.errors.email?.message}
        />
        <TextField
          label="Password"
          type="password"
          autoComplete={isNew ? "new-password" : "current-password"}
          help={isNew ? `At least ${least} characters; a long sentence is best.` : undefined}
          {...field("password", {
            required: "Enter your password.",
            ...(isNew ? { minLength: { value: least, message: `A password has at least ${least} characters.` } } : {}),
          })}
          error={formState.errors.password?.message}
        />
        {enter.error !== null && <ErrorPanel error={describeError(enter.error)} />}
        <Button type="submit" look="primary" isBusy={enter.isPending}>
          {word}
        </Button>
        <Button
          look="quiet"
          onClick={() => {
            setIsNew(!isNew);
            enter.reset();
          }}
        >
          {isNew ? "I have an account" : "I am new here"}
        </Button>
      </form>
    </main>
  );
};
