import { endPrice, usageBucketNames, type PriceVersion, type UsageBucketName } from "@llm-tuner/contract/prices.ts";
import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { call } from "../../../api/call.ts";
import { pricesKey, providersKey } from "../../../api/provider-queries.ts";
import { useAct } from "../../../api/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/confirm.tsx";
import { count, dateTime } from "../../../ui/format.ts";
import { Menu } from "../../../ui/menu.tsx";
import { Cell, TableRow } from "../../../ui/paged-table.tsx";
import { Status } from "../../../ui/status.tsx";
import { bucketWords, shortUnitWords } from "./bucket-words.ts";
import { priceState } from "./price-state.ts";
import type { PriceWish } from "./price-values.ts";
import { usdOfRate, usdText } from "./usd-rate.ts";

const originWords = { shipped: "Shipped", settings: "Settings", admin: "Administrator" } as const;
const inColumns: ReadonlySet<UsageBucketName> = new Set(["input_uncached", "input_cache_read", "output_text"]);

const rateText = (price: PriceVersion, bucket: UsageBucketName): string | undefined => {
  const rate = price.rates[bucket];
  return rate === undefined ? undefined : usdText(usdOfRate(bucket, rate));
};

const Rate = ({ price, bucket }: { price: PriceVersion; bucket: UsageBucketName }) =>
  rateText(price, bucket) ?? <span className="text-faint">–</span>;

/** Rates that have no column of their own. */
const OtherRates = ({ price }: { price: PriceVersion }) => {
  const others = usageBucketNames.filter((bucket) => !inColumns.has(bucket) && price.rates[bucket] !== undefined);
  return (
    <ul className="max-w-32 text-xs text-soft">
      {others.map((bucket) => (
        <li key={bucket}>
          {bucketWords[bucket].word} {rateText(price, bucket)}
          {bucketWords[bucket].unit !== "tokens" && ` ${shortUnitWords[bucketWords[bucket].unit]}`}
        </li>
      ))}
    </ul>
  );
};

/** Pages of providers are a click away; any other source is words. */
const Source = ({ price: { source } }: { price: PriceVersion }) => {
  if (!source.startsWith("https://") || !URL.canParse(source)) return source;
  return (
    <a href={source} target="_blank" rel="noreferrer" title={source} className="text-accent-text hover:underline">
      {new URL(source).hostname}
    </a>
  );
};

interface PriceRowProps {
  price: PriceVersion;
  onSetPrice(wish: PriceWish): void;
  onHistory(): void;
}

const Acts = ({ price, onSetPrice, onHistory }: PriceRowProps) => {
  const [isEnding, setIsEnding] = useState(false);
  const { provider, model_pattern, service_tier, min_input_tokens, rates } = price;
  const end = useAct({
    act: () => call(endPrice, { params: { id: price.id } }),
    changes: [pricesKey, providersKey],
    notice: `The price of ${model_pattern} has ended.`,
  });
  return (
    <>
      <Menu
        trigger={
          <Button look="quiet" isBusy={end.isPending} aria-label={`Actions on the price of ${model_pattern}`}>
            <Ellipsis aria-hidden size={16} />
          </Button>
        }
        acts={[
          {
            word: "Set a new price",
            onSelect: () => onSetPrice({ provider, model_pattern, service_tier, min_input_tokens, rates }),
          },
          { word: "History", onSelect: onHistory },
          ...(price.valid_to === null ? [{ word: "End", isDangerous: true, onSelect: () => setIsEnding(true) }] : []),
        ]}
      />
      <Confirm
        open={isEnding}
        onOpenChange={setIsEnding}
        title={`End the price of ${model_pattern} at ${provider}?`}
        confirm="End the price"
        onConfirm={() => end.mutate()}
      >
        From now on requests have no price, unless another one fits: they are answered, and no budget counts them. To
        charge nothing, set a price of 0 instead.
      </Confirm>
    </>
  );
};

export const PriceRow = (props: PriceRowProps) => {
  const { price } = props;
  const { tone, word } = priceState(price);
  return (
    <TableRow>
      <Cell>
        <div className="font-medium break-words sm:min-w-32">{price.model_pattern}</div>
        <div className="text-xs text-faint">
          {price.provider}
          {price.service_tier !== null && `, tier ${price.service_tier}`}
          {price.min_input_tokens > 0 && `, from ${count(price.min_input_tokens)} tokens`}
        </div>
      </Cell>
      <Cell isNumber>
        <Rate price={price} bucket="input_uncached" />
      </Cell>
      <Cell isNumber>
        <Rate price={price} bucket="input_cache_read" />
      </Cell>
      <Cell isNumber>
        <Rate price={price} bucket="output_text" />
      </Cell>
      <Cell>
        <OtherRates price={price} />
      </Cell>
      <Cell>
        <Status tone={tone}>{word}</Status>
        <div className="text-xs whitespace-nowrap text-faint">
          from {dateTime(price.valid_from)}
          {price.valid_to !== null && <div>to {dateTime(price.valid_to)}</div>}
        </div>
      </Cell>
      <Cell>
        {originWords[price.origin]}
        <div className="max-w-40 text-xs break-words text-faint">
          <Source price={price} />
          {price.as_of !== null && <div>as of {price.as_of}</div>}
        </div>
      </Cell>
      <Cell>
        <Acts {...props} />
      </Cell>
    </TableRow>
  );
};
