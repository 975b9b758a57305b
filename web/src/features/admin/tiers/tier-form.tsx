import { createTier, updateTier, type Tier } from "@llm-tuner/contract/admin.ts";
import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { call } from "../../../api/call.ts";
import { tiersQuery } from "../../../api/queries.ts";
import { useFormCall } from "../../../api/use-form-call.ts";
import { Button } from "../../../ui/button.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Term } from "../../../ui/term.tsx";
import { UnsavedGuard } from "../../../ui/unsaved-guard.tsx";
import { TierValues, emptyTier, limitsOf, valuesOfTier } from "./tier-values.ts";

const limits = [
  {
    name: "requests_per_minute",
    label: "Requests a minute",
    meaning: "Calls a minute that make a model answer.",
    step: 1,
  },
  { name: "tokens_per_minute", label: "Tokens a minute", meaning: "Tokens a minute, in and out.", step: 1 },
  {
    name: "concurrent_requests",
    label: "Answers at once",
    meaning: "Answers of models in progress at once, streams included.",
    step: 1,
  },
  {
    name: "monthly_spend_usd",
    label: "USD a month",
    meaning: "What may be spent in a calendar month (UTC).",
    step: "any",
  },
] as const;

/** Makes a tier, or changes `tier` for everybody who has it. */
export const TierForm = ({ tier, onClose }: { tier: Tier | undefined; onClose(): void }) => {
  const queries = useQueryClient();
  const form = useForm({
    resolver: zodResolver(TierValues),
    defaultValues: tier === undefined ? emptyTier : valuesOfTier(tier),
  });
  const { errors, isDirty } = form.formState;
  const save = useFormCall({
    form,
    send: (values) =>
      tier === undefined
        ? call(createTier, { body: { name: values.name, ...limitsOf(values) } })
        : call(updateTier, { params: { name: tier.name }, body: limitsOf(values) }),
    onDone: () => {
      onClose();
      return queries.invalidateQueries({ queryKey: tiersQuery.queryKey });
    },
  });
  return (
    <form noValidate onSubmit={save.onSubmit} className="flex flex-col gap-4">
      <UnsavedGuard isDirty={isDirty} />
      <TextField
        label="Name"
        readOnly={tier !== undefined}
        help={tier === undefined ? "Such as team-large. It cannot be changed later." : "The name of a tier stays."}
        autoComplete="off"
        {...form.register("name")}
        error={errors.name?.message}
      />
      <TextField label="Description" {...form.register("description")} error={errors.description?.message} />
      <div className="grid grid-cols-2 items-start gap-3">
        {limits.map(({ name, label, meaning, step }) => (
          <TextField
            key={name}
            type="number"
            min={0}
            step={step}
            placeholder="No limit"
            label={<Term meaning={meaning}>{label}</Term>}
            {...form.register(name)}
            error={errors[name]?.message}
          />
        ))}
      </div>
      {save.panel !== undefined && <ErrorPanel error={save.panel} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" isBusy={save.isBusy}>
          {tier === undefined ? "Create tier" : "Save"}
        </Button>
      </div>
    </form>
  );
};
