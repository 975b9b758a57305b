import { scopes } from "@llm-tuner/contract/endpoint.ts";
import { zodResolver } from "@hookform/resolvers/zod";
import { useQuery } from "@tanstack/react-query";
import { useForm, type UseFormReturn } from "react-hook-form";
import { meQuery, tiersQuery } from "../../api/queries.ts";
import { useFormCall } from "../../api/use-form-call.ts";
import { DialogForm } from "../../ui/dialog-form.tsx";
import { CheckboxField, FieldGroup, SelectField, TextAreaField, TextField } from "../../ui/field.tsx";
import { Term } from "../../ui/term.tsx";
import { KeyValues } from "./key-values.ts";
import { scopeWords } from "./scope-words.ts";

type Form = UseFormReturn<KeyValues, unknown, KeyValues>;

const Scopes = ({ form }: { form: Form }) => (
  <FieldGroup label="The key may" error={form.formState.errors.scopes?.message}>
    <div className="grid gap-2 sm:grid-cols-2">
      {scopes.map((scope) => (
        <CheckboxField
          key={scope}
          value={scope}
          label={<Term meaning={scopeWords[scope].meaning}>{scopeWords[scope].word}</Term>}
          {...form.register("scopes")}
        />
      ))}
    </div>
  </FieldGroup>
);

const BudgetFields = ({ form }: { form: Form }) => (
  <div className="grid grid-cols-2 items-start gap-3">
    <TextField
      label={<Term meaning="Requests that would go beyond it are refused before a model is asked.">Budget in USD</Term>}
      type="number"
      min={0}
      step="any"
      placeholder="No limit"
      help="Empty: only your account's limits."
      {...form.register("limitUsd")}
      error={form.formState.errors.limitUsd?.message}
    />
    <SelectField label="Budget counts" {...form.register("period")}>
      <option value="month">Each month (UTC)</option>
      <option value="day">Each day (UTC)</option>
      <option value="total">In all</option>
    </SelectField>
  </div>
);

/** Only administrators can read which tiers there are. */
const TierField = ({ form }: { form: Form }) => {
  const { data: person } = useQuery(meQuery);
  const isAdmin = person?.role === "admin";
  const { data } = useQuery({ ...tiersQuery, enabled: isAdmin });
  if (!isAdmin || data === undefined) return null;
  return (
    <SelectField
      label={<Term meaning="A bundle of limits that counts for this key alone, besides your account's own.">Tier</Term>}
      {...form.register("tier")}
      error={form.formState.errors.tier?.message}
    >
      <option value="">Your account&apos;s own</option>
      {data.tiers.map(({ name }) => (
        <option key={name}>{name}</option>
      ))}
    </SelectField>
  );
};

const aliases = {
  expires_at: "lastDay",
  allowed_models: "models",
  budget: "limitUsd",
  "budget.limit_usd": "limitUsd",
} as const;

interface KeyFormProps<Result> {
  initial: KeyValues;
  word: string;
  send(values: KeyValues): Promise<Result>;
  onDone(result: Result): unknown;
  onCancel(): void;
}

/** Everything that bounds a key; the same to make one and to change one. */
export const KeyForm = <Result,>({ initial, word, send, onDone, onCancel }: KeyFormProps<Result>) => {
  const form = useForm({ resolver: zodResolver(KeyValues), defaultValues: initial });
  const { errors, isDirty } = form.formState;
  const save = useFormCall({ form, send, onDone, aliases });
  return (
    <DialogForm save={save} word={word} isDirty={isDirty} onCancel={onCancel}>
      <TextField
        label="Name"
        help="Which program will use it."
        autoComplete="off"
        {...form.register("name")}
        error={errors.name?.message}
      />
      <Scopes form={form} />
      <TextAreaField
        label={
          <Term meaning="Names as programs send them. A * at the end stands for anything, such as ft:*.">Models</Term>
        }
        rows={2}
        placeholder="Every model"
        help="One a line. Empty: every model."
        {...form.register("models")}
        error={errors.models?.message}
      />
      <BudgetFields form={form} />
      <TextField
        label="Valid until"
        type="date"
        help="The last day. Empty: until you revoke it."
        {...form.register("lastDay")}
        error={errors.lastDay?.message}
      />
      <TierField form={form} />
    </DialogForm>
  );
};
