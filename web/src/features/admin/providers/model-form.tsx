import {
  ModelCapability,
  createOfferedModel,
  updateOfferedModel,
  type OfferedModel,
  type ProviderConnection,
} from "@llm-tuner/contract/providers.ts";
import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useForm, type UseFormReturn } from "react-hook-form";
import { call } from "../../../api/call.ts";
import { providersKey } from "../../../api/provider-queries.ts";
import { useFormCall } from "../../../api/use-form-call.ts";
import { DialogForm } from "../../../ui/dialog-form.tsx";
import { CheckboxField, FieldGroup, SelectField, TextField } from "../../../ui/field.tsx";
import { Term } from "../../../ui/term.tsx";
import { ModelValues, emptyModel, propertiesOf, valuesOfModel } from "./model-values.ts";
import { capabilityWords } from "./model-words.ts";

type Form = UseFormReturn<ModelValues, unknown, ModelValues>;

const tokenFields = [
  { name: "context_window", label: "Context window", meaning: "Tokens of prompt and answer together." },
  { name: "max_output_tokens", label: "Longest answer", meaning: "Most tokens of one answer." },
] as const;

const timeFields = [
  { name: "first_byte_seconds", label: "To the first piece" },
  { name: "idle_seconds", label: "Silence within" },
  { name: "total_seconds", label: "To the end" },
] as const;

const Capabilities = ({ form }: { form: Form }) => (
  <FieldGroup label="It can" error={form.formState.errors.capabilities?.message}>
    <div className="grid grid-cols-2 gap-2">
      {ModelCapability.options.map((capability) => (
        <CheckboxField
          key={capability}
          value={capability}
          label={<Term meaning={capabilityWords[capability].meaning}>{capabilityWords[capability].word}</Term>}
          {...form.register("capabilities")}
        />
      ))}
    </div>
  </FieldGroup>
);

const Leaving = ({ form }: { form: Form }) => (
  <FieldGroup
    label={
      <Term meaning="Reading on gives the exact bill; stopping saves what was not written yet.">
        When the client goes away
      </Term>
    }
  >
    <div className="grid grid-cols-2 items-start gap-3">
      {(["whole", "stream"] as const).map((name) => (
        <SelectField
          key={name}
          label={
            <span className="text-xs text-faint">{name === "whole" ? "A whole answer" : "A streamed answer"}</span>
          }
          {...form.register(name)}
        >
          <option value="drain">Is read on</option>
          <option value="abort">Is stopped</option>
        </SelectField>
      ))}
    </div>
  </FieldGroup>
);

const Limits = ({ form }: { form: Form }) => (
  <>
    <div className="grid grid-cols-2 items-start gap-3">
      {tokenFields.map(({ name, label, meaning }) => (
        <TextField
          key={name}
          label={<Term meaning={meaning}>{label}</Term>}
          inputMode="numeric"
          placeholder="Not known"
          help="Tokens."
          {...form.register(name)}
          error={form.formState.errors[name]?.message}
        />
      ))}
    </div>
    <FieldGroup label="Time limits in seconds">
      <div className="grid grid-cols-3 items-start gap-3">
        {timeFields.map(({ name, label }) => (
          <TextField
            key={name}
            label={<span className="text-xs text-faint">{label}</span>}
            inputMode="decimal"
            placeholder="Usual"
            {...form.register(name)}
            error={form.formState.errors[name]?.message}
          />
        ))}
      </div>
    </FieldGroup>
  </>
);

const Names = ({ form, model }: { form: Form; model: OfferedModel | undefined }) => (
  <>
    {model === undefined && (
      <TextField
        label="Model"
        placeholder="gpt-5-mini"
        help="Its name at the provider. A * at the end lets every name through that begins so, such as gpt-*."
        autoComplete="off"
        {...form.register("model")}
        error={form.formState.errors.model?.message}
      />
    )}
    <TextField
      label={<Term meaning="Where a model costs as another one does, such as a dated version.">Price of</Term>}
      placeholder="The model itself"
      help="The name under which its price is listed. Empty: its own."
      autoComplete="off"
      {...form.register("price_model")}
      error={form.formState.errors.price_model?.message}
    />
  </>
);

interface ModelFormProps {
  connection: ProviderConnection;
  /** The one to change; undefined offers another one. */
  model: OfferedModel | undefined;
  onClose(): void;
}

export const ModelForm = ({ connection, model, onClose }: ModelFormProps) => {
  const queries = useQueryClient();
  const form = useForm({
    resolver: zodResolver(ModelValues),
    defaultValues: model === undefined ? emptyModel : valuesOfModel(model),
  });
  const save = useFormCall({
    form,
    send: (values) =>
      model === undefined
        ? call(createOfferedModel, {
            body: { connection_id: connection.id, model: values.model, ...propertiesOf(values) },
          })
        : call(updateOfferedModel, { params: { id: model.id }, body: propertiesOf(values) }),
    onDone: () => {
      onClose();
      return queries.invalidateQueries({ queryKey: providersKey });
    },
  });
  return (
    <DialogForm
      save={save}
      word={model === undefined ? "Offer the model" : "Save"}
      isDirty={form.formState.isDirty}
      onCancel={onClose}
    >
      <Names form={form} model={model} />
      <Capabilities form={form} />
      <Limits form={form} />
      <Leaving form={form} />
      <CheckboxField
        label="Enabled"
        help="A model that is disabled is not there for programs."
        {...form.register("enabled")}
      />
    </DialogForm>
  );
};
