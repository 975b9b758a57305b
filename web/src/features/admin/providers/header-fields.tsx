import { X } from "lucide-react";
import { useFieldArray, useWatch, type UseFormReturn } from "react-hook-form";
import { Button } from "../../../ui/button.tsx";
import { CheckboxField, FieldGroup, TextField } from "../../../ui/field.tsx";
import type { ConnectionValues } from "./connection-values.ts";

export type ConnectionFormState = UseFormReturn<ConnectionValues, unknown, ConnectionValues>;

const maxHeaders = 10;

interface HeaderFieldsProps {
  form: ConnectionFormState;
  /** Names of those that there are. */
  present: readonly string[];
}

/** Headers that are sent besides the API key, such as OpenAI's for an organisation. */
export const HeaderFields = ({ form, present }: HeaderFieldsProps) => {
  const { fields, append, remove } = useFieldArray({ control: form.control, name: "headers" });
  const { errors } = form.formState;
  const replaces = useWatch({ control: form.control, name: "replaces_headers" });
  return (
    <FieldGroup label="Extra headers" error={errors.headers?.message}>
      {present.length > 0 && (
        <CheckboxField
          label={`Replace ${present.join(", ")}`}
          help="All of them: what you do not enter below is taken away. Their values are never shown."
          {...form.register("replaces_headers")}
        />
      )}
      {(replaces || present.length === 0) && (
        <>
          {fields.map(({ id }, index) => (
            <div key={id} className="flex items-start gap-2">
              <div className="grid min-w-0 flex-1 grid-cols-2 gap-2">
                <TextField
                  label={<span className="text-xs text-faint">Name</span>}
                  aria-label={`Name of header ${index + 1}`}
                  placeholder="OpenAI-Organization"
                  autoComplete="off"
                  {...form.register(`headers.${index}.name`)}
                  error={errors.headers?.[index]?.name?.message}
                />
                <TextField
                  label={<span className="text-xs text-faint">Value</span>}
                  aria-label={`Value of header ${index + 1}`}
                  type="password"
                  autoComplete="off"
                  {...form.register(`headers.${index}.value`)}
                  error={errors.headers?.[index]?.value?.message}
                />
              </div>
              <Button
                look="quiet"
                className="mt-[22px] w-9 px-0"
                aria-label={`Remove header ${index + 1}`}
                onClick={() => remove(index)}
              >
                <X aria-hidden size={14} />
              </Button>
            </div>
          ))}
          {fields.length < maxHeaders && (
            <div>
              <Button
                onClick={() => {
                  form.setValue("replaces_headers", true);
                  append({ name: "", value: "" });
                }}
              >
                Add a header
              </Button>
            </div>
          )}
        </>
      )}
    </FieldGroup>
  );
};
