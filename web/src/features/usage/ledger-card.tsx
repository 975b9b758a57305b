import type { UsageRequestDetail } from "@llm-tuner/contract/usage.ts";
import { Card } from "../../ui/card.tsx";
import { dateTime, milliseconds } from "../../ui/format.ts";
import { ProgressBar } from "../../ui/progress.tsx";
import { Status } from "../../ui/status.tsx";
import { latencyParts } from "./bill-lines.ts";
import { entryWords, outcomeTones, outcomeWords, signedMoney } from "./usage-words.ts";

/** All entries of the ledger; they add up to minus the cost. */
export const LedgerCard = ({ entries }: { entries: UsageRequestDetail["entries"] }) => (
  <Card title="Ledger">
    {entries.length === 0 ? (
      <p className="text-soft">Nothing was held or charged.</p>
    ) : (
      <ul className="figures">
        {entries.map(({ kind, amount_nano_usd, reason, at }, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- entries can only be added at the end
          <li key={index} className="flex items-baseline justify-between gap-4 border-b border-line py-1.5">
            <span className="min-w-0">
              {entryWords[kind]}
              {reason !== null && <span className="text-soft">: {reason}</span>}
              <span className="block text-xs text-faint">{dateTime(at)}</span>
            </span>
            <span className="whitespace-nowrap">{signedMoney(amount_nano_usd)}</span>
          </li>
        ))}
        <li className="flex justify-between gap-4 pt-2 font-medium">
          <span>Balance</span>
          <span>{signedMoney(entries.reduce((sum, { amount_nano_usd }) => sum + amount_nano_usd, 0))}</span>
        </li>
      </ul>
    )}
  </Card>
);

/** Who was asked, in order, and how long it took. */
export const TimeCard = ({ request }: { request: UsageRequestDetail }) => (
  <Card title="Time and attempts">
    <ul className="flex flex-col gap-2">
      {latencyParts(request).map(({ word, ms }) => (
        <li key={word}>
          <div className="figures mb-1 flex justify-between gap-4">
            <span>{word}</span>
            <span>{milliseconds(ms)}</span>
          </div>
          <ProgressBar share={request.latency_ms === 0 ? 0 : ms / request.latency_ms} label={word} />
        </li>
      ))}
    </ul>
    <ol className="mt-4 border-t border-line pt-2">
      {request.attempts.map(({ deployment, provider, upstream_model, outcome, error_code, latency_ms }, index) => (
        <li
          // oxlint-disable-next-line react/no-array-index-key -- attempts stay in their order
          key={index}
          className="flex flex-wrap items-baseline justify-between gap-x-4 border-b border-line py-1.5 last:border-0"
        >
          <span className="min-w-0 break-all">
            {index + 1}. {provider} / {upstream_model}
            <code className="block font-mono text-xs text-faint">{deployment}</code>
          </span>
          <span className="flex items-baseline gap-3">
            <Status tone={outcomeTones[outcome]}>{outcomeWords[outcome]}</Status>
            {error_code !== null && <code className="font-mono text-xs text-faint">{error_code}</code>}
            <span className="figures whitespace-nowrap">{milliseconds(latency_ms)}</span>
          </span>
        </li>
      ))}
    </ol>
    {request.attempts.length > 1 && <p className="mt-2 text-xs text-faint">Only the last attempt is billed.</p>}
  </Card>
);
