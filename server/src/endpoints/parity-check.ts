import { isDeepStrictEqual } from "node:util";
import type { ParityRecord } from "@llm-tuner/contract/run-folder.ts";
import { z } from "zod";
import { workerAnswerInvalid } from "./endpoints.errors.ts";
import type { ServingLease } from "./serving-manager.ts";

type GoldenPrompt = ParityRecord["prompts"][number];

/** The worker's extension of OpenAI's answer, under the names that vLLM gave it. */
const TokenAnswer = z.object({
  prompt_token_ids: z.array(z.int()),
  choices: z.array(z.object({ token_ids: z.array(z.int()) })).length(1),
});

const answerTimeoutMs = 120_000;

const ask = async (
  lease: ServingLease,
  model: string,
  prompt: GoldenPrompt,
  signal: AbortSignal,
): Promise<z.infer<typeof TokenAnswer>> => {
  const response = await fetch(new URL("/v1/chat/completions", lease.origin), {
    method: "POST",
    headers: { authorization: `Bearer ${lease.token}`, "content-type": "application/json" },
    body: JSON.stringify({
      model,
      messages: prompt.messages.map(({ role, content }) => ({ role, content })),
      max_tokens: prompt.max_tokens,
      temperature: 0,
      return_token_ids: true,
    }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]),
  });
  const text = await response.text();
  if (!response.ok) throw workerAnswerInvalid(`status ${response.status}: ${text.slice(0, 500)}`);
  try {
    return TokenAnswer.parse(JSON.parse(text));
  } catch (error) {
    throw workerAnswerInvalid("its answer holds no token ids.", error);
  }
};

/**
 * Asks the served model each golden prompt and counts those where its tokens, of the prompt or of the greedy answer,
 * are not exactly the trainer's. One at a time: what else stands in a batch may change the last bits of a sum.
 */
export const countMismatches = async ({
  lease,
  model,
  record,
  signal,
}: {
  lease: ServingLease;
  model: string;
  record: ParityRecord;
  signal: AbortSignal;
}): Promise<number> => {
  let mismatches = 0;
  for (const prompt of record.prompts) {
    const answer = await ask(lease, model, prompt, signal);
    const isSame =
      isDeepStrictEqual(answer.prompt_token_ids, prompt.prompt_token_ids) &&
      isDeepStrictEqual(answer.choices[0]?.token_ids, prompt.output_token_ids);
    if (!isSame) mismatches += 1;
  }
  return mismatches;
};
