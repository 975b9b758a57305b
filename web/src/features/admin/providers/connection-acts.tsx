import {
  deleteProviderConnection,
  updateProviderConnection,
  type ProviderConnection,
} from "@llm-tuner/contract/providers.ts";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { call } from "../../../api/call.ts";
import { connectionsQuery, providersKey } from "../../../api/provider-queries.ts";
import { useAct } from "../../../api/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/confirm.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { count } from "../../../ui/format.ts";
import { Menu } from "../../../ui/menu.tsx";
import { showNotice } from "../../../ui/toasts.tsx";
import { ConnectionForm } from "./connection-form.tsx";
import { losingText } from "./dependents.ts";
import { ReplaceKeyForm } from "./replace-key-form.tsx";
import { useLosingRoutes } from "./use-losing-routes.ts";

const modelsText = (models: number): string => `${count(models)} ${models === 1 ? "model" : "models"} on offer`;

interface ConfirmProps {
  connection: ProviderConnection;
  open: boolean;
  onClose(): void;
}

const RemoveConfirm = ({ connection, open, onClose }: ConfirmProps) => {
  const { id, name, models } = connection;
  const queries = useQueryClient();
  const navigate = useNavigate();
  const losing = useLosingRoutes((model) => model.connection_id === id, open);
  const remove = useAct({
    act: () => call(deleteProviderConnection, { params: { id } }),
    onDone: async () => {
      // Left first: this page would ask for what is gone.
      await navigate({ to: "/admin/providers" });
      showNotice(`The connection ${name} is removed.`);
      await Promise.all([
        queries.invalidateQueries({ queryKey: connectionsQuery.queryKey, exact: true }),
        queries.invalidateQueries({ queryKey: [...providersKey, "models"] }),
      ]);
    },
  });
  return (
    <Confirm
      open={open}
      onOpenChange={(isOpen) => (isOpen ? undefined : onClose())}
      title={`Remove the connection ${name}?`}
      confirm="Remove the connection"
      onConfirm={() => remove.mutate()}
    >
      Its API key and {modelsText(models)} go with it. {losing === undefined ? "" : losingText(losing)} What was used
      stays in the ledger. This cannot be undone.
    </Confirm>
  );
};

const DisableConfirm = ({ connection, open, onClose, onConfirm }: ConfirmProps & { onConfirm(): void }) => {
  const { id, name, models } = connection;
  const losing = useLosingRoutes((model) => model.connection_id === id, open);
  return (
    <Confirm
      open={open}
      onOpenChange={(isOpen) => (isOpen ? undefined : onClose())}
      title={`Disable the connection ${name}?`}
      confirm="Disable the connection"
      onConfirm={onConfirm}
    >
      From now on it is not asked: {modelsText(models)} can be reached only where another connection has them.{" "}
      {losing === undefined ? "" : losingText(losing)} You can enable it again.
    </Confirm>
  );
};

/** What can be done with a connection that was made here. */
export const ConnectionActs = ({ connection }: { connection: ProviderConnection }) => {
  const [open, setOpen] = useState<"edit" | "key" | "disable" | "remove">();
  const close = (): void => setOpen(undefined);
  const { id, name, enabled, api_key_last4 } = connection;
  const turn = useAct({
    act: () => call(updateProviderConnection, { params: { id }, body: { enabled: !enabled } }),
    changes: [providersKey],
    notice: `The connection ${name} is ${enabled ? "disabled" : "enabled"}.`,
  });
  return (
    <>
      <Menu
        trigger={
          <Button look="quiet" isBusy={turn.isPending} aria-label={`Actions on ${name}`}>
            <Ellipsis aria-hidden size={16} />
          </Button>
        }
        acts={[
          { word: "Edit", onSelect: () => setOpen("edit") },
          { word: api_key_last4 === null ? "Enter an API key" : "Replace the API key", onSelect: () => setOpen("key") },
          enabled
            ? { word: "Disable", isDangerous: true, onSelect: () => setOpen("disable") }
            : { word: "Enable", onSelect: () => turn.mutate() },
          { word: "Remove", isDangerous: true, onSelect: () => setOpen("remove") },
        ]}
      />
      <Dialog open={open === "edit"} onClose={close} title={`Edit ${name}`}>
        <ConnectionForm connection={connection} onDone={close} onCancel={close} />
      </Dialog>
      <Dialog
        open={open === "key"}
        onClose={close}
        title={`The API key of ${name}`}
        description="The new key is used at once. It is encrypted and never shown again."
      >
        <ReplaceKeyForm connection={connection} onClose={close} />
      </Dialog>
      <DisableConfirm
        connection={connection}
        open={open === "disable"}
        onClose={close}
        onConfirm={() => turn.mutate()}
      />
      <RemoveConfirm connection={connection} open={open === "remove"} onClose={close} />
    </>
  );
};
