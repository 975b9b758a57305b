import { useFieldArray, type UseFormReturn } from "react-hook-form";
import { Button } from "../../../ui/button.tsx";
import { TextField } from "../../../ui/field.tsx";
import { limitFields } from "./limit-fields.ts";
import { emptyModelLimit, type TierValues } from "./tier-values.ts";

type Form = UseFormReturn<TierValues>;

const ModelLimit = ({ form, index, onRemove }: { form: Form; index: number; onRemove(): void }) => {
  const errors = form.formState.errors.model_limits?.[index];
  return (
    <fieldset className="flex flex-col gap-3 rounded-md border border-line p-3">
      <legend className="px-1 text-xs text-faint">Models {index + 1}</legend>
      <div className="grid grid-cols-2 items-start gap-3">
        <TextField
          label="Models"
          placeholder="gpt-*"
          help="A name, or a beginning and *."
          autoComplete="off"
          {...form.register(`model_limits.${index}.model`)}
          error={errors?.model?.message}
        />
        {limitFields.map(({ name, label, step }) => (
          <TextField
            key={name}
            type="number"
            min={0}
            step={step}
            placeholder="No limit"
            label={label}
            {...form.register(`model_limits.${index}.${name}`)}
            error={errors?.[name]?.message}
          />
        ))}
      </div>
      <div className="flex justify-end">
        <Button look="quiet" aria-label={`Remove the limits of models ${index + 1}`} onClick={onRemove}>
          Remove
        </Button>
      </div>
    </fieldset>
  );
};

/** Limits that hold for some models, besides those of the whole tier. */
export const ModelLimitFields = ({ form }: { form: Form }) => {
  const { fields, append, remove } = useFieldArray({ control: form.control, name: "model_limits" });
  return (
    <section aria-label="Limits of models" className="flex flex-col gap-3">
      <p className="text-xs text-faint">
        Models can have limits of their own, besides those above; all models of one line share them.
      </p>
      {fields.map(({ id }, index) => (
        <ModelLimit key={id} form={form} index={index} onRemove={() => remove(index)} />
      ))}
      <div>
        <Button onClick={() => append(emptyModelLimit)}>Add limits of models</Button>
      </div>
    </section>
  );
};
