import {
  createProviderConnection,
  updateProviderConnection,
  type ProviderConnection,
} from "@llm-tuner/contract/providers.ts";
import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { call } from "../../../api/call.ts";
import { providersKey } from "../../../api/provider-queries.ts";
import { useFormCall } from "../../../api/use-form-call.ts";
import { DialogForm } from "../../../ui/dialog-form.tsx";
import { TextField } from "../../../ui/field.tsx";
import { showNotice } from "../../../ui/toasts.tsx";
import { kindWords } from "./provider-kinds.ts";

const Values = z.object({
  api_key: z.string().trim().min(1, "Enter the new key.").pipe(createProviderConnection.body.shape.api_key.unwrap()),
});

interface ReplaceKeyFormProps {
  connection: ProviderConnection;
  onClose(): void;
}

/** A new API key takes the place of the old one at once; nothing else of the connection changes. */
export const ReplaceKeyForm = ({ connection, onClose }: ReplaceKeyFormProps) => {
  const queries = useQueryClient();
  const form = useForm({ resolver: zodResolver(Values), defaultValues: { api_key: "" } });
  const save = useFormCall({
    form,
    send: (body) => call(updateProviderConnection, { params: { id: connection.id }, body }),
    onDone: ({ api_key_last4 }) => {
      showNotice(`From now on the key that ends in ${api_key_last4} is used.`);
      onClose();
      return queries.invalidateQueries({ queryKey: providersKey });
    },
  });
  return (
    <DialogForm save={save} word="Replace the key" onCancel={onClose}>
      <TextField
        label="New API key"
        type="password"
        autoComplete="off"
        spellCheck={false}
        help={kindWords[connection.kind].whereKeysAre}
        {...form.register("api_key")}
        error={form.formState.errors.api_key?.message}
      />
    </DialogForm>
  );
};
