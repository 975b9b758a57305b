import { deleteTier, type Tier } from "@llm-tuner/contract/admin.ts";
import { standardTier } from "@llm-tuner/contract/api-keys.ts";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../../api/call.ts";
import { describeError } from "../../../api/describe-error.ts";
import { tiersQuery } from "../../../api/queries.ts";
import { useAct } from "../../../api/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { EmptyState } from "../../../ui/card.tsx";
import { Confirm } from "../../../ui/confirm.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { count, dollars } from "../../../ui/format.ts";
import { Cell, PagedTable, TableRow } from "../../../ui/paged-table.tsx";
import { TierForm } from "./tier-form.tsx";

const limit = (value: number | null, text: (value: number) => string = count) =>
  value === null ? <span className="text-faint">No limit</span> : text(value);

const Delete = ({ tier }: { tier: Tier }) => {
  const remove = useAct({
    act: () => call(deleteTier, { params: { name: tier.name } }),
    changes: [tiersQuery.queryKey],
    notice: `The tier ${tier.name} is deleted.`,
  });
  return (
    <Confirm
      trigger={
        <Button look="quiet" isBusy={remove.isPending} aria-label={`Delete ${tier.name}`}>
          Delete
        </Button>
      }
      title={`Delete the tier ${tier.name}?`}
      confirm="Delete the tier"
      onConfirm={() => remove.mutate()}
    >
      Only a tier that nobody has can be deleted. This cannot be undone.
    </Confirm>
  );
};

const TierRow = ({ tier, onEdit }: { tier: Tier; onEdit(): void }) => (
  <TableRow>
    <Cell>
      <div className="font-medium">{tier.name}</div>
      {tier.model_limits.length > 0 && (
        <div className="max-w-80 text-xs text-faint">
          With limits of {tier.model_limits.map(({ model }) => model).join(", ")}
        </div>
      )}
      {tier.description !== "" && <div className="max-w-80 text-xs text-faint">{tier.description}</div>}
    </Cell>
    <Cell isNumber>{limit(tier.requests_per_minute)}</Cell>
    <Cell isNumber>{limit(tier.tokens_per_minute)}</Cell>
    <Cell isNumber>{limit(tier.concurrent_requests)}</Cell>
    <Cell isNumber>{limit(tier.daily_spend_usd, dollars)}</Cell>
    <Cell isNumber>{limit(tier.monthly_spend_usd, dollars)}</Cell>
    <Cell isNumber>{count(tier.users)}</Cell>
    <Cell>
      <div className="flex">
        <Button look="quiet" aria-label={`Edit ${tier.name}`} onClick={onEdit}>
          Edit
        </Button>
        {tier.name !== standardTier && <Delete tier={tier} />}
      </div>
    </Cell>
  </TableRow>
);

const numbers = ["Requests a minute", "Tokens a minute", "At once", "USD a day", "USD a month", "People"];

export const TiersPage = () => {
  const { data, error, refetch } = useQuery(tiersQuery);
  const [edited, setEdited] = useState<Tier | "new">();
  const close = (): void => setEdited(undefined);
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-soft">
          A tier is a bundle of limits. Every account has one; a key may have its own besides.
        </p>
        <Button look="primary" onClick={() => setEdited("new")}>
          New tier
        </Button>
      </div>
      <PagedTable
        titles={["Tier", ...numbers, "Actions"]}
        numbers={numbers}
        rows={data?.tiers}
        error={error === null ? undefined : describeError(error)}
        onRetry={() => void refetch()}
        more={undefined}
        empty={<EmptyState title="No tiers yet">Make one to bound what accounts may use.</EmptyState>}
        row={(tier) => <TierRow key={tier.name} tier={tier} onEdit={() => setEdited(tier)} />}
      />
      <Dialog
        open={edited !== undefined}
        onClose={close}
        title={edited === undefined || edited === "new" ? "New tier" : `Edit ${edited.name}`}
        description="Empty fields are no limit. A change holds for everybody who has the tier."
      >
        {edited !== undefined && <TierForm tier={edited === "new" ? undefined : edited} onClose={close} />}
      </Dialog>
    </>
  );
};
