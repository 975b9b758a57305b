import { passwordLength } from "@llm-tuner/contract/accounts.ts";
import type { UseFormRegisterReturn } from "react-hook-form";
import { TextField } from "../../ui/field.tsx";

export const NewPasswordField = ({
  label = "New password",
  field,
  error,
}: {
  label?: string;
  field: UseFormRegisterReturn;
  error: string | undefined;
}) => (
  <TextField
    label={label}
    type="password"
    autoComplete="new-password"
    help={`At least ${passwordLength.min} characters; a long sentence is best.`}
    {...field}
    error={error}
  />
);
