import type { UsageRequestDetail } from "@llm-tuner/contract/usage.ts";
import type { ReactNode } from "react";
import { Card } from "../../ui/card.tsx";
import { count, dateTime } from "../../ui/format.ts";
import { Term } from "../../ui/term.tsx";
import { usedWithoutPrice } from "./bill-lines.ts";
import { bucketWords, exactDollars, policyWords, rateText, requestCost, sourceWords } from "./usage-words.ts";

const Row = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className="grid grid-cols-[8rem_1fr] gap-2 py-1">
    <dt className="text-faint">{name}</dt>
    <dd className="min-w-0 break-words">{children}</dd>
  </div>
);

const Line = ({ line, price }: { line: UsageRequestDetail["lines"][number]; price: string }) => (
  <tr className="border-b border-line">
    <th scope="row" className="py-2 pr-2 text-left font-normal sm:pr-4">
      {bucketWords[line.bucket]}
      {line.rated_as !== line.bucket && (
        <div className="text-xs text-faint">costs as {bucketWords[line.rated_as].toLowerCase()}</div>
      )}
    </th>
    <td className="px-2 py-2 text-right sm:px-4">{count(line.quantity)}</td>
    <td className="px-2 py-2 text-right whitespace-nowrap sm:px-4" title={`${line.nano_usd_per_unit} nano-USD each`}>
      × {price}
    </td>
    <td className="py-2 pl-2 text-right whitespace-nowrap sm:pl-4">{exactDollars(line.nano_usd)}</td>
  </tr>
);

const Sum = ({ word, children }: { word: ReactNode; children: ReactNode }) => (
  <tr>
    <th scope="row" colSpan={3} className="py-1.5 pr-4 text-left font-normal text-soft">
      {word}
    </th>
    <td className="py-1.5 pl-4 text-right font-medium whitespace-nowrap">{children}</td>
  </tr>
);

const Lines = ({ request }: { request: UsageRequestDetail }) => (
  <div className="overflow-x-auto" tabIndex={0} role="group" aria-label="Buckets, rates and cost">
    <table className="figures w-full text-xs sm:text-sm">
      <thead className="border-b border-line text-xs text-faint">
        <tr>
          <th scope="col" className="py-2 pr-4 text-left font-medium">
            What was used
          </th>
          <th scope="col" className="px-2 py-2 text-right font-medium sm:px-4">
            How much
          </th>
          <th scope="col" className="px-2 py-2 text-right font-medium sm:px-4">
            Rate
          </th>
          <th scope="col" className="py-2 pl-4 text-right font-medium">
            Cost
          </th>
        </tr>
      </thead>
      <tbody>
        {request.lines.map((line) => (
          <Line key={line.bucket} line={line} price={rateText(line.nano_usd_per_unit, line.rated_as)} />
        ))}
      </tbody>
      <tfoot>
        {request.unrounded_nano_usd !== null && <Sum word="Sum, exact">{exactDollars(request.unrounded_nano_usd)}</Sum>}
        <Sum
          word={
            <Term meaning="The sum is rounded once to whole billionths of a dollar, half of one upwards; adjustments are part of it.">
              Charged
            </Term>
          }
        >
          {requestCost(request.cost_nano_usd)}
        </Sum>
      </tfoot>
    </table>
  </div>
);

const WithoutPrice = ({ request }: { request: UsageRequestDetail }) => (
  <>
    <p className="mb-2 text-soft">
      {request.cost_nano_usd === null
        ? `There was no price for ${request.price_model} of ${request.provider}, so this has no cost yet. It is not free: an administrator can set the price and bill it afterwards.`
        : "No price was needed."}
    </p>
    <ul>
      {usedWithoutPrice(request.usage).map(({ bucket, quantity }) => (
        <li key={bucket}>
          {count(quantity)} {bucketWords[bucket].toLowerCase()}
        </li>
      ))}
    </ul>
  </>
);

const priceOrigins = { shipped: "the shipped list", settings: "the settings", admin: "an administrator" } as const;

const Price = ({ price }: { price: NonNullable<UsageRequestDetail["price"]> }) => (
  <Row name="Price">
    {price.provider} / <span className="break-all">{price.model_pattern}</span>
    {price.service_tier !== null && `, tier ${price.service_tier}`}
    {price.min_input_tokens > 0 && `, from ${count(price.min_input_tokens)} tokens of input on`}
    <div className="text-xs text-faint">
      From {priceOrigins[price.origin]}, valid from {dateTime(price.valid_from)}
      {price.valid_to === null ? "" : ` to ${dateTime(price.valid_to)}`}. Source: {price.source}
      {price.as_of === null ? "" : `, as of ${price.as_of}`}.
    </div>
  </Row>
);

/** Buckets times rates, and the rule by which they were billed. */
export const BillCard = ({ request }: { request: UsageRequestDetail }) => (
  <Card title="Why it cost that">
    {request.price === null ? <WithoutPrice request={request} /> : <Lines request={request} />}
    <dl className="mt-4 border-t border-line pt-3">
      <Row name="Rule">
        {policyWords[request.policy]}
        <div className="text-soft">{request.explanation}</div>
      </Row>
      <Row name="Counts">{sourceWords[request.usage_source]}</Row>
      {request.price !== null && <Price price={request.price} />}
      {request.service_tier !== null && <Row name="Service tier">{request.service_tier}</Row>}
    </dl>
  </Card>
);
