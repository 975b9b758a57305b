import { rotateApiKey, rotationGraceSeconds, type ApiKey, type CreatedApiKey } from "@llm-tuner/contract/api-keys.ts";
import { useForm } from "react-hook-form";
import type { z } from "zod";
import { call } from "../../api/call.ts";
import { useFormCall } from "../../api/use-form-call.ts";
import { DialogForm } from "../../ui/dialog-form.tsx";
import { SelectField } from "../../ui/field.tsx";

type Grace = (typeof rotationGraceSeconds)[number];

const graceWords: Record<Grace, string> = {
  0: "It stops at once",
  3600: "1 hour",
  86_400: "1 day",
  604_800: "7 days",
  2_592_000: "30 days",
};

interface RotateFormProps {
  apiKey: ApiKey;
  onDone(created: z.infer<typeof CreatedApiKey>): unknown;
  onCancel(): void;
}

/** Makes a successor; the old key goes on for as long as the programs need to take up the new one. */
export const RotateForm = ({ apiKey, onDone, onCancel }: RotateFormProps) => {
  const form = useForm<{ grace: string }>({ defaultValues: { grace: "86400" } });
  const rotate = useFormCall({
    form,
    send: ({ grace }) => {
      const grace_seconds = rotationGraceSeconds.find((seconds) => String(seconds) === grace);
      return call(rotateApiKey, { params: { id: apiKey.id }, body: { grace_seconds } });
    },
    onDone,
  });
  return (
    <DialogForm save={rotate} word="Make the new key" onCancel={onCancel}>
      <SelectField
        label="The old key still works for"
        help="Answers to the old key carry a notice of its end from now on."
        {...form.register("grace")}
      >
        {rotationGraceSeconds.map((seconds) => (
          <option key={seconds} value={seconds}>
            {graceWords[seconds]}
          </option>
        ))}
      </SelectField>
    </DialogForm>
  );
};
