import { usageBucketNames } from "@llm-tuner/contract/prices.ts";
import type { ClientCall } from "./client.ts";
import type { Case, UpstreamCall } from "./evidence.ts";
import { type Counts, countsOf, inputOf, isNothing, outputOf } from "./prices.ts";

/*
 * The rules of docs/operations/billing.md, each as a question: what is wrong with this bill? Nothing, when the list is
 * empty.
 */

type Problems = string[];

export interface Judged extends Case {
  /** The call that is billed: the last attempt, when it reached its provider. */
  last: UpstreamCall | undefined;
  killsMs: readonly number[];
}

const inputNames = usageBucketNames.filter((name) => name.startsWith("input"));
const sameInput = (one: Counts, other: Counts): boolean => inputNames.every((name) => one[name] === other[name]);

const differing = (billed: Counts, counted: Counts): Problems =>
  usageBucketNames
    .filter((name) => billed[name] !== counted[name])
    .map((name) => `${name}: billed ${billed[name]}, the provider counts ${counted[name]}`);

const when = (isWrong: boolean, why: string): Problems => (isWrong ? [why] : []);

/** The provider tells no counts here, and needs not to: pictures by the piece are their own count, and counting is free. */
const countsItself = ({ row }: Case): boolean =>
  row.operation === "messages/count_tokens" || row.operation.startsWith("images/");

const exactly = (judged: Judged): Problems => {
  const { row, last } = judged;
  if (last === undefined) return ["no provider was asked"];
  return [
    ...differing(row, countsOf(last.usage)),
    ...when(!last.usageReported && !countsItself(judged), "the provider has told no usage"),
    ...when(last.outcome === "client_gone", "the provider did not finish"),
  ];
};

const askedOf = ({ client, candidates }: Judged): readonly ClientCall[] =>
  client === undefined ? candidates : [client];

/** Whether a provider has told the input to whoever got anything of its answer. */
const tellsInputAtOnce = (judged: Judged, last: UpstreamCall): boolean => {
  const asked = askedOf(judged);
  const allSay = (isSo: (usage: ClientCall["plan"]["usage"]) => boolean): boolean =>
    asked.length > 0 && asked.every(({ plan }) => isSo(plan.usage));
  if (last.provider === "openai") {
    return last.path === "/v1/chat/completions" && allSay((usage) => usage === "everyChunk");
  }
  return allSay((usage) => usage !== "none");
};

/** "Counts of the provider as far as it had given them, the rest counted here": the input. */
const inputProblems = (judged: Judged, last: UpstreamCall): Problems => {
  const { row } = judged;
  if (sameInput(row, countsOf(last.planned))) return [];
  const estimates = askedOf(judged).map(({ plan }) => plan.estimatedInput);
  const isEstimate = inputOf(row) === row.input_uncached && estimates.includes(row.input_uncached);
  if (isEstimate && !tellsInputAtOnce(judged, last)) return [];
  const counted = JSON.stringify(countsOf(last.planned));
  return [
    `input ${row.input_uncached} (of ${inputOf(row)} in all) is neither what ${last.provider} counts (${counted}) nor ` +
      `an estimate that was due (${estimates.join(", ")})`,
  ];
};

/** A token of the fakes has at most nine characters with its space, and four characters are taken for a token here. */
const mostPerToken = 9 / 4;
const mostCharacters = 9;

/** What reached the client must be billed, and no more than what the provider wrote. */
const outputProblems = (judged: Judged, last: UpstreamCall): Problems => {
  const { row, client } = judged;
  const asked = askedOf(judged);
  const isEven = asked.length > 0 && asked.every(({ plan }) => plan.even);
  const { text, reasoning, audio, image } = last.written;
  const written = text + reasoning + audio + image;
  // Anthropic counts the first token when its message begins, before any text.
  const told = last.provider === "anthropic" ? Math.min(1, last.planned.outputText) : 0;
  const most = Math.max(told, isEven ? written : Math.ceil(written * mostPerToken));
  const seen = client?.characters ?? 0;
  const least = isEven ? Math.ceil(seen / 4) : Math.floor(seen / mostCharacters);
  const billed = outputOf(row);
  return [
    ...when(billed > most, `output ${billed} is more than the ${written} tokens that were on the wire allow (${most})`),
    ...when(billed < least, `output ${billed} is less than the ${seen} characters that the client has`),
    ...when(row.images > last.planned.images, `${row.images} pictures are more than were made`),
  ];
};

const partial = (judged: Judged): Problems => {
  const { row, last } = judged;
  const common = when(row.outcome === "completed", "a request that was completed is no part");
  if (isNothing(row))
    return [...common, ...when((judged.client?.characters ?? 0) > 0, "the client has text for nothing")];
  if (last === undefined) return [...common, "something is billed, and no provider was asked"];
  return [...common, ...inputProblems(judged, last), ...outputProblems(judged, last)];
};

const drained = (judged: Judged): Problems => [
  ...exactly(judged),
  ...when(judged.client?.left === false, "the client did not go away"),
  ...when(judged.row.outcome !== "aborted", `the outcome is ${judged.row.outcome}`),
];

const estimated = (judged: Judged): Problems => {
  const { row, last } = judged;
  if (last === undefined) return ["no provider was asked"];
  if (isNothing(row)) return when(!isNothing(countsOf(last.usage)), "nothing is billed for something");
  const { text } = last.written;
  return [
    ...when(last.usageReported, "the provider has told its counts"),
    ...when(isNothing(countsOf(last.usage)) && !isNothing(row), "the provider charges nothing for it"),
    ...when(row.outcome !== "completed" && row.outcome !== "aborted", `the outcome is ${row.outcome}`),
    ...when(
      !askedOf(judged).some(({ plan }) => plan.estimatedInput === row.input_uncached),
      `input ${row.input_uncached} is not the estimate`,
    ),
    ...outputProblems(judged, last),
    ...when(outputOf(row) * 4 < text, `output ${outputOf(row)} is no estimate of ${text} tokens`),
  ];
};

const slackMs = 1000;

const interrupted = ({ row, client, killsMs }: Judged): Problems => [
  ...when(!isNothing(row) || row.cost_nano_usd !== 0n, "something is billed"),
  ...when(client?.complete === true, "the client has the whole answer"),
  ...when(row.error_code !== "gateway_interrupted" || row.outcome !== "failed", `it ended as ${row.error_code}`),
  ...when(
    !killsMs.some((atMs) => row.started_at.getTime() <= atMs + slackMs && atMs <= row.created_at.getTime()),
    "no kill fell into its time",
  ),
];

/** Whether a provider has failed, or was left because it took too long. */
const hasFailed = (call: UpstreamCall, errorCode: string | null): boolean =>
  call.outcome !== "finished" || errorCode === "provider_timeout";

/** A refusal that nobody ordered means that the gateway asked for something wrong. */
const wrongRequest = (call: UpstreamCall): Problems =>
  when(
    call.outcome === "finished" && call.status !== null && call.status >= 400,
    `${call.provider} refuses what it was asked (${call.path}, status ${call.status})`,
  );

const failed = ({ row, last, client }: Judged): Problems => [
  ...when(!isNothing(row) || row.cost_nano_usd !== 0n, "something is billed"),
  ...when(row.outcome !== "failed", `the outcome is ${row.outcome}`),
  ...when((client?.characters ?? 0) > 0, "the client has a part of an answer"),
  ...(last === undefined
    ? []
    : [...wrongRequest(last), ...when(!hasFailed(last, row.error_code), `the provider has finished its answer`)]),
];

const byPolicy: Readonly<Record<string, (judged: Judged) => Problems>> = {
  reported: (judged) => [
    ...exactly(judged),
    ...when(judged.row.outcome !== "completed", `the outcome is ${judged.row.outcome}`),
  ],
  partial,
  drained,
  estimated,
  interrupted,
  failed,
};

/** What is wrong with the bill of a request, by the rule that it names. */
export const billProblems = (judged: Judged): Problems =>
  byPolicy[judged.row.policy]?.(judged) ?? [`no rule is called ${judged.row.policy}`];

/** What is wrong with an attempt before the last: none of them may have answered. */
export const attemptProblems = (call: UpstreamCall, errorCode: string | null): Problems => [
  ...wrongRequest(call),
  ...when(!hasFailed(call, errorCode), "an answer that the provider finished was thrown away"),
];

/** What is wrong between a client and the row of its request. */
export const clientProblems = ({ row, client }: Case): Problems => {
  if (client === undefined) return [];
  const { plan, complete, status, costNanoUsd } = client;
  const isInterrupted = row.policy === "interrupted";
  return [
    ...when(plan.model !== row.model, `the client asked ${plan.model}`),
    ...when(!isInterrupted && plan.dialect !== row.operation, `the client asked by ${plan.dialect}`),
    ...when(complete && row.outcome !== "completed", `the client has the whole answer of what is ${row.outcome}`),
    ...when(status !== null && status >= 400 && row.outcome !== "failed", `the client was told ${status}`),
    ...when(
      costNanoUsd !== null && costNanoUsd !== String(row.cost_nano_usd),
      `the client was told a cost of ${costNanoUsd}, and ${row.cost_nano_usd} is billed`,
    ),
  ];
};
