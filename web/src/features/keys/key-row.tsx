import { revokeApiKey, updateApiKey, type ApiKey, type CreatedApiKey } from "@llm-tuner/contract/api-keys.ts";
import { Ellipsis } from "lucide-react";
import { useState } from "react";
import type { z } from "zod";
import { call } from "../../api/call.ts";
import { apiKeysQuery } from "../../api/queries.ts";
import { useAct } from "../../api/use-act.ts";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { ago, dateTime } from "../../ui/format.ts";
import { Menu } from "../../ui/menu.tsx";
import { Cell, TableRow } from "../../ui/paged-table.tsx";
import { ProgressBar } from "../../ui/progress.tsx";
import { Status } from "../../ui/status.tsx";
import { KeyForm } from "./key-form.tsx";
import { budgetShare, budgetText, keyState } from "./key-state.ts";
import { requestOf, valuesOf } from "./key-values.ts";
import { RotateForm } from "./rotate-form.tsx";
import { scopeWords } from "./scope-words.ts";

interface KeyRowProps {
  apiKey: ApiKey;
  /** A key or its successor was made, or one was changed: the list is read again. */
  onChange(): void;
  onCreated(created: z.infer<typeof CreatedApiKey>): void;
}

const Acts = ({ apiKey, onChange, onCreated }: KeyRowProps) => {
  const [open, setOpen] = useState<"edit" | "rotate" | "revoke">();
  const close = (): void => setOpen(undefined);
  const revoke = useAct({
    act: () => call(revokeApiKey, { params: { id: apiKey.id } }),
    changes: [apiKeysQuery.queryKey],
    notice: `${apiKey.name} is revoked.`,
  });
  return (
    <>
      <Menu
        trigger={
          <Button look="quiet" isBusy={revoke.isPending} aria-label={`Actions on ${apiKey.name}`}>
            <Ellipsis aria-hidden size={16} />
          </Button>
        }
        acts={[
          { word: "Edit", onSelect: () => setOpen("edit") },
          // A key that was replaced has its successor already.
          ...(apiKey.replaced_by === null ? [{ word: "Rotate", onSelect: () => setOpen("rotate") }] : []),
          { word: "Revoke", isDangerous: true, onSelect: () => setOpen("revoke") },
        ]}
      />
      <Dialog open={open === "edit"} onClose={close} title={`Edit ${apiKey.name}`}>
        <KeyForm
          initial={valuesOf(apiKey)}
          word="Save"
          send={(values) => call(updateApiKey, { params: { id: apiKey.id }, body: requestOf(values, apiKey) })}
          onDone={() => {
            close();
            onChange();
          }}
          onCancel={close}
        />
      </Dialog>
      <Dialog
        open={open === "rotate"}
        onClose={close}
        title={`Rotate ${apiKey.name}`}
        description="A new key with the same name, scopes, budget and usage takes its place."
      >
        <RotateForm
          apiKey={apiKey}
          onDone={(created) => {
            close();
            onCreated(created);
          }}
          onCancel={close}
        />
      </Dialog>
      <Confirm
        open={open === "revoke"}
        onOpenChange={(isOpen) => (isOpen ? undefined : close())}
        title={`Revoke ${apiKey.name}?`}
        confirm="Revoke the key"
        onConfirm={() => revoke.mutate()}
      >
        Programs that use it are refused at once. This cannot be undone.
      </Confirm>
    </>
  );
};

const Spent = ({ apiKey }: { apiKey: ApiKey }) => {
  const share = budgetShare(apiKey);
  return (
    <div className="w-52 max-w-full sm:w-auto sm:min-w-36">
      <span className="sm:whitespace-nowrap">{budgetText(apiKey)}</span>
      {share !== undefined && <ProgressBar share={share} label={`Budget of ${apiKey.name}`} />}
    </div>
  );
};

export const KeyRow = (props: KeyRowProps) => {
  const { apiKey } = props;
  const state = keyState(apiKey);
  const models = apiKey.allowed_models;
  return (
    <TableRow>
      <Cell>
        <div className="font-medium">{apiKey.name}</div>
        <code className="font-mono text-xs text-faint">{apiKey.prefix}…</code>
      </Cell>
      <Cell>{apiKey.scopes.map((scope) => scopeWords[scope].word).join(", ")}</Cell>
      <Cell title={models?.join(", ")}>
        {models === null
          ? "Every model"
          : models.length === 1
            ? models[0]
            : `${models[0]} and ${models.length - 1} more`}
      </Cell>
      <Cell>
        <Spent apiKey={apiKey} />
      </Cell>
      <Cell title={apiKey.last_used_at === null ? undefined : dateTime(apiKey.last_used_at)}>
        {apiKey.last_used_at === null ? "Never" : ago(apiKey.last_used_at)}
      </Cell>
      <Cell title={state.end === null ? undefined : dateTime(state.end)}>
        <Status tone={state.tone}>{state.word}</Status>
        {state.end !== null && state.isUsable && (
          <div className="text-xs whitespace-nowrap text-faint">ends {ago(state.end)}</div>
        )}
      </Cell>
      <Cell>{state.isUsable && <Acts {...props} />}</Cell>
    </TableRow>
  );
};
