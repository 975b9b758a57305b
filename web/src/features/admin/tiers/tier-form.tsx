import { createTier, updateTier, type Tier } from "@llm-tuner/contract/admin.ts";
import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { call } from "../../../api/call.ts";
import { tiersQuery } from "../../../api/queries.ts";
import { useFormCall } from "../../../api/use-form-call.ts";
import { DialogForm } from "../../../ui/dialog-form.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Term } from "../../../ui/term.tsx";
import { limitFields } from "./limit-fields.ts";
import { ModelLimitFields } from "./model-limit-fields.tsx";
import { TierValues, emptyTier, limitsOf, valuesOfTier } from "./tier-values.ts";

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
    <DialogForm save={save} word={tier === undefined ? "Create tier" : "Save"} isDirty={isDirty} onCancel={onClose}>
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
        {limitFields.map(({ name, label, meaning, step }) => (
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
      <ModelLimitFields form={form} />
    </DialogForm>
  );
};
