import type { UsageRequestDetail } from "@llm-tuner/contract/usage.ts";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { CallError } from "../../api/call.ts";
import { usageRequestQuery } from "../../api/usage-queries.ts";
import { Copyable } from "../../ui/copy.tsx";
import { count, milliseconds, money } from "../../ui/format.ts";
import { Term } from "../../ui/term.tsx";
import { speedOf } from "./answer-progress.ts";
import type { Answer } from "./playground-state.ts";

interface Fact {
  name: string;
  meaning?: string;
  value: ReactNode;
}

const Facts = ({ facts }: { facts: readonly Fact[] }) => (
  <dl className="figures flex flex-wrap gap-x-5 gap-y-1 text-xs">
    {facts.map(({ name, meaning, value }) => (
      <div key={name}>
        <dt className="text-faint">{meaning === undefined ? name : <Term meaning={meaning}>{name}</Term>}</dt>
        <dd className="font-medium">{value}</dd>
      </div>
    ))}
  </dl>
);

const tokens = (value: number | null | undefined): string =>
  value === null || value === undefined ? "–" : count(value);
const time = (ms: number | null): string => (ms === null ? "–" : milliseconds(ms));

const costWords = (bill: UsageRequestDetail | undefined, error: Error | null): string => {
  if (bill !== undefined) return bill.cost_nano_usd === null ? "No price" : money(bill.cost_nano_usd);
  if (error === null) return "…";
  return error instanceof CallError && error.status === 404 ? "Not billed" : "Could not be read";
};

/** What an answer took and cost. The figures are the ledger's as soon as it has them. */
export const AnswerFacts = ({ answer }: { answer: Answer }) => {
  const { requestId, status } = answer;
  const isOver = status !== "streaming";
  const { data: bill, error } = useQuery({
    ...usageRequestQuery("me", requestId ?? ""),
    enabled: isOver && requestId !== null,
  });
  const speed = speedOf(answer);
  return (
    <div className="mt-3 flex flex-col gap-2 border-t border-line pt-2">
      <Facts
        facts={[
          { name: "Tokens in", value: tokens(bill?.input_tokens ?? answer.inputTokens) },
          { name: "Tokens out", value: tokens(bill?.output_tokens ?? answer.outputTokens) },
          { name: "Cost", value: isOver && requestId !== null ? costWords(bill, error) : "–" },
          {
            name: "First token",
            meaning: "From the press on Send until the first piece of the answer was here.",
            value: time(answer.firstTokenMs),
          },
          { name: "In all", value: time(answer.totalMs ?? bill?.latency_ms ?? null) },
          { name: "Speed", value: speed === null ? "–" : `${speed.toFixed(1)} tokens/s` },
          { name: "Provider", value: answer.provider ?? bill?.provider ?? "–" },
        ]}
      />
      {isOver && requestId !== null && (
        <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-xs">
          <Copyable text={requestId} />
          {bill !== undefined && (
            <Link to="/usage/requests/$requestId" params={{ requestId }} className="text-accent-text hover:underline">
              Why did this cost that
            </Link>
          )}
        </div>
      )}
    </div>
  );
};
