import {
  ProviderKind,
  createProviderConnection,
  updateProviderConnection,
  type ProviderConnection,
} from "@llm-tuner/contract/providers.ts";
import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useForm, useWatch } from "react-hook-form";
import { call } from "../../../api/call.ts";
import { providersKey } from "../../../api/provider-queries.ts";
import { useFormCall } from "../../../api/use-form-call.ts";
import { DialogForm } from "../../../ui/dialog-form.tsx";
import { CheckboxField, SelectField, TextField } from "../../../ui/field.tsx";
import { Term } from "../../../ui/term.tsx";
import {
  ConnectionValues,
  connectionChangeOf,
  emptyConnection,
  newConnectionOf,
  valuesOfConnection,
} from "./connection-values.ts";
import { HeaderFields, type ConnectionFormState } from "./header-fields.tsx";
import { kindWords } from "./provider-kinds.ts";

/** A name that the person typed is theirs, and stays when they choose another kind. */
const isUsualName = (name: string): boolean => ProviderKind.options.some((kind) => kindWords[kind].usualName === name);

/** The kind of a connection stays: what was offered under it would not fit another one. */
const KindField = ({ form }: { form: ConnectionFormState }) => {
  const kind = useWatch({ control: form.control, name: "kind" });
  return (
    <SelectField
      label="Kind"
      help={kindWords[kind].meaning}
      {...form.register("kind", {
        onChange: ({ target }: { target: { value: string } }) => {
          const chosen = ProviderKind.safeParse(target.value).data;
          if (chosen !== undefined && isUsualName(form.getValues("name"))) {
            form.setValue("name", kindWords[chosen].usualName);
          }
        },
      })}
    >
      {ProviderKind.options.map((option) => (
        <option key={option} value={option}>
          {kindWords[option].word}
        </option>
      ))}
    </SelectField>
  );
};

const KeyField = ({ form, last4 }: { form: ConnectionFormState; last4: string | null }) => {
  const kind = useWatch({ control: form.control, name: "kind" });
  return (
    <TextField
      label={last4 === null ? "API key" : "New API key"}
      type="password"
      autoComplete="off"
      spellCheck={false}
      help={
        last4 === null
          ? kindWords[kind].whereKeysAre
          : `Empty: the one that ends in ${last4} stays. Another server needs its own.`
      }
      {...form.register("api_key")}
      error={form.formState.errors.api_key?.message}
    />
  );
};

const AddressField = ({ form, isNew }: { form: ConnectionFormState; isNew: boolean }) => {
  const { usualAddress } = kindWords[useWatch({ control: form.control, name: "kind" })];
  const whenEmpty = usualAddress === null ? "Such as http://127.0.0.1:8000." : `Empty: ${usualAddress}.`;
  return (
    <TextField
      label={<Term meaning="Where the provider is asked, without the /v1 at the end.">Address</Term>}
      type="url"
      placeholder={usualAddress ?? "http://127.0.0.1:8000"}
      help={isNew ? whenEmpty : "Empty: it stays as it is."}
      {...form.register("base_url")}
      error={form.formState.errors.base_url?.message}
    />
  );
};

/** Nothing is known of what other servers have. */
const CatalogueField = ({ form }: { form: ConnectionFormState }) =>
  useWatch({ control: form.control, name: "kind" }) === "openai-compatible" ? null : (
    <CheckboxField
      label="Offer the models that are known of this provider"
      help="You can switch single ones off later. Without it nothing is offered that you do not add."
      {...form.register("offers_catalogue")}
    />
  );

interface ConnectionFormProps {
  /** The one to change; undefined makes one. */
  connection: ProviderConnection | undefined;
  onDone(connection: ProviderConnection): unknown;
  onCancel(): void;
}

export const ConnectionForm = ({ connection, onDone, onCancel }: ConnectionFormProps) => {
  const queries = useQueryClient();
  const form = useForm({
    resolver: zodResolver(ConnectionValues),
    defaultValues: connection === undefined ? emptyConnection : valuesOfConnection(connection),
  });
  const { errors, isDirty } = form.formState;
  const save = useFormCall({
    form,
    send: (values) =>
      connection === undefined
        ? call(createProviderConnection, { body: newConnectionOf(values) })
        : call(updateProviderConnection, { params: { id: connection.id }, body: connectionChangeOf(values) }),
    onDone: async (saved) => {
      await queries.invalidateQueries({ queryKey: providersKey });
      await onDone(saved);
    },
  });
  return (
    <DialogForm
      save={save}
      word={connection === undefined ? "Connect" : "Save"}
      isDirty={isDirty && !save.isBusy && save.result === undefined}
      onCancel={onCancel}
    >
      {connection === undefined && <KindField form={form} />}
      <TextField
        label="Name"
        help={
          connection?.kind === "openai-compatible"
            ? "Prices stand under it: with another name the models need theirs anew."
            : "Models can be asked for by it: name/model."
        }
        autoComplete="off"
        {...form.register("name")}
        error={errors.name?.message}
      />
      <AddressField form={form} isNew={connection === undefined} />
      <KeyField form={form} last4={connection?.api_key_last4 ?? null} />
      <CatalogueField form={form} />
      <HeaderFields form={form} present={connection?.header_names ?? []} />
    </DialogForm>
  );
};
