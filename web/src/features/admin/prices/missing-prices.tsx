import { priceTierOf, rateMissing, type MissingPrice } from "@llm-tuner/contract/prices.ts";
import { useQuery } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { call } from "../../../api/call.ts";
import { describeError } from "../../../api/describe-error.ts";
import { missingPricesQuery, pricesKey } from "../../../api/provider-queries.ts";
import { useAct } from "../../../api/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/confirm.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { ago, count, dateTime, money } from "../../../ui/format.ts";
import { Cell, PagedTable, TableRow } from "../../../ui/paged-table.tsx";
import type { PriceWish } from "./price-values.ts";

const requestsText = (requests: number): string => `${count(requests)} ${requests === 1 ? "request" : "requests"}`;

const BillThem = ({ missing }: { missing: MissingPrice }) => {
  const { provider, price_model, requests, first_at } = missing;
  const bill = useAct({
    act: () => call(rateMissing, { body: { provider, price_model } }),
    changes: [pricesKey, ["usage"]],
    notice: ({ rated, still_missing, cost_nano_usd }) =>
      `${requestsText(rated)} billed: ${money(cost_nano_usd)}.${still_missing === 0 ? "" : ` ${requestsText(still_missing)} still without a price.`}`,
  });
  return (
    <Confirm
      trigger={
        <Button isBusy={bill.isPending} aria-label={`Bill the requests to ${price_model}`}>
          Bill them
        </Button>
      }
      title={`Bill what ${price_model} was asked?`}
      confirm="Bill them"
      onConfirm={() => bill.mutate()}
    >
      {requestsText(requests)} since {dateTime(first_at)} will cost what the price says that held when each of them
      began, and count against budgets. Those from before the price&apos;s first day stay without a cost. A bill cannot
      be taken back, only adjusted request by request.
    </Confirm>
  );
};

interface MissingPricesProps {
  onSetPrice(wish: PriceWish): void;
}

const MissingRow = ({ missing, onSetPrice }: MissingPricesProps & { missing: MissingPrice }) => {
  const { provider, price_model, first_at } = missing;
  const service_tier = priceTierOf(missing.service_tier);
  return (
    <TableRow>
      <Cell>
        <div className="font-medium break-all">{price_model}</div>
        <div className="text-xs text-faint">
          {provider}
          {service_tier !== null && `, tier ${service_tier}`}
        </div>
      </Cell>
      <Cell isNumber>{count(missing.requests)}</Cell>
      <Cell title={dateTime(first_at)}>{ago(first_at)}</Cell>
      <Cell title={dateTime(missing.last_at)}>{ago(missing.last_at)}</Cell>
      <Cell>
        {missing.has_price_now ? (
          <BillThem missing={missing} />
        ) : (
          <Button
            aria-label={`Set a price of ${price_model}`}
            onClick={() => onSetPrice({ provider, model_pattern: price_model, service_tier, valid_from: first_at })}
          >
            Set a price
          </Button>
        )}
      </Cell>
    </TableRow>
  );
};

/** The alarm: models that answer and that nobody pays for. Says nothing while there are none. */
export const MissingPrices = ({ onSetPrice }: MissingPricesProps) => {
  const { data, error, refetch } = useQuery(missingPricesQuery);
  if (error !== null) return <ErrorPanel error={describeError(error)} onRetry={() => void refetch()} />;
  if (data === undefined || data.models.length === 0) return null;
  return (
    <section
      aria-labelledby="missing-prices"
      className="flex flex-col gap-3 rounded-lg border border-warning bg-warning-soft p-4"
    >
      <div className="flex gap-3">
        <TriangleAlert aria-hidden size={18} className="mt-0.5 shrink-0 text-warning" />
        <div>
          <h2 id="missing-prices">Models without a price</h2>
          <p className="text-soft">
            They were asked, and nobody knows what it cost: no budget counts these requests. Set a price from the day of
            the first one, then bill them.
          </p>
        </div>
      </div>
      <PagedTable
        titles={["Model", "Requests", "First", "Last", "Actions"]}
        numbers={["Requests"]}
        rows={data.models}
        error={undefined}
        onRetry={() => void refetch()}
        more={undefined}
        empty={null}
        row={(missing) => (
          <MissingRow
            key={JSON.stringify([missing.provider, missing.price_model, missing.service_tier])}
            missing={missing}
            onSetPrice={onSetPrice}
          />
        )}
      />
    </section>
  );
};
