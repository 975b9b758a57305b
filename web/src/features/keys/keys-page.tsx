import { createApiKey, type CreatedApiKey } from "@llm-tuner/contract/api-keys.ts";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { z } from "zod";
import { call } from "../../api/call.ts";
import { paged } from "../../api/paged.ts";
import { apiKeysQuery } from "../../api/queries.ts";
import { Button } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/card.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Page } from "../../ui/page.tsx";
import { PagedTable } from "../../ui/paged-table.tsx";
import { SecretOnce } from "../../ui/secret-once.tsx";
import { KeyForm } from "./key-form.tsx";
import { KeyRow } from "./key-row.tsx";
import { emptyKey, requestOf } from "./key-values.ts";

type Created = z.infer<typeof CreatedApiKey>;

const fileName = (created: Created): string => `${created.key.name.replaceAll(/[^\w-]+/g, "-")}.key.txt`;

const NewKeyButton = ({ onPress }: { onPress(): void }) => (
  <Button look="primary" onClick={onPress}>
    New key
  </Button>
);

export const KeysPage = () => {
  const queries = useQueryClient();
  const [isOpen, setIsOpen] = useState(false);
  const [created, setCreated] = useState<Created>();
  const readAgain = (): void => void queries.invalidateQueries({ queryKey: apiKeysQuery.queryKey });
  const showSecret = (made: Created): void => {
    setIsOpen(false);
    setCreated(made);
    readAgain();
  };
  const open = (): void => setIsOpen(true);
  const close = (): void => setIsOpen(false);
  const forgetSecret = (): void => setCreated(undefined);
  return (
    <Page
      title="Keys"
      subtitle="For programs that ask your models through the API."
      action={<NewKeyButton onPress={open} />}
    >
      <PagedTable
        {...paged(useInfiniteQuery(apiKeysQuery), (page) => page.api_keys)}
        titles={["Key", "May", "Models", "Spent", "Last used", "Status", "Actions"]}
        empty={
          <EmptyState title="No keys yet" action={<NewKeyButton onPress={open} />}>
            A program shows its key with each request, so that you see what it used and can shut it out.
          </EmptyState>
        }
        row={(apiKey) => <KeyRow key={apiKey.id} apiKey={apiKey} onChange={readAgain} onCreated={showSecret} />}
      />
      <Dialog open={isOpen} onClose={close} title="New key">
        <KeyForm
          initial={emptyKey}
          word="Create key"
          send={(values) => call(createApiKey, { body: requestOf(values) })}
          onDone={showSecret}
          onCancel={close}
        />
      </Dialog>
      <Dialog
        open={created !== undefined}
        onClose={forgetSecret}
        title={`The key of ${created?.key.name ?? ""}`}
        description="Copy or download it now: it is shown this once."
      >
        {created !== undefined && (
          <SecretOnce secret={created.secret} fileName={fileName(created)} onStored={forgetSecret} />
        )}
      </Dialog>
    </Page>
  );
};
