import type { GatewayError } from "@llm-tuner/gateway/errors.ts";
import type { InProcessAnswer } from "@llm-tuner/gateway/in-process.ts";
import type { GatewayCaller } from "@llm-tuner/gateway/ports.ts";
import { z } from "zod";
import { unlessAborted } from "../../platform/time/unless-aborted.ts";
import type { AskGateway } from "../ports.ts";
import { type AnswerForm, answerForms, questionOf, type QuestionInput } from "./answer-form.ts";
import { type Bill, noBill, withAnswer } from "./bill.ts";
import { type Failure, failureOf, isAboutForm, isAboutTemperature, isTooLong } from "./failure.ts";
import type { Prompt } from "./prompts.ts";
import { readAnswer } from "./read-answer.ts";

export interface AskInput extends Pick<
  QuestionInput,
  "model" | "schema" | "temperature" | "maxAnswerTokens" | "lengthField"
> {
  caller: GatewayCaller;
  /** The way that this model is known to take; later ones are tried when it does not. */
  form: AnswerForm;
  textTokens: number;
  promptOf: (textTokens: number) => Prompt;
  /** When the first answer cannot be read: to show it to the model, or to ask the same once more with this temperature. */
  repair: "show" | { temperature: number };
  /** As a `TaggingRequest` has it. */
  onLost?: ((costNanoUsd: number) => void) | undefined;
}

export type Asked = { bill: Bill; form: AnswerForm } & (
  | { ok: true; names: readonly string[] }
  | { ok: false; failure: Failure }
);

/** What of a chat completion is looked at. */
const ChatAnswer = z.object({
  choices: z.tuple(
    [
      z.object({
        message: z.object({
          content: z.string().nullish(),
          refusal: z.string().nullish(),
          tool_calls: z.array(z.object({ function: z.object({ arguments: z.string() }) })).nullish(),
        }),
        finish_reason: z.string().nullish(),
      }),
    ],
    z.unknown(),
  ),
});

interface Read {
  text: string;
  names: readonly string[] | undefined;
  refusal: string | undefined;
  isTruncated: boolean;
}

function readBody(body: unknown): Read {
  const parsed = ChatAnswer.safeParse(body);
  if (!parsed.success) return { text: "", names: undefined, refusal: undefined, isTruncated: false };
  const [{ message, finish_reason }] = parsed.data.choices;
  const [call] = message.tool_calls ?? [];
  const content = message.content ?? "";
  const names = readAnswer(content) ?? (call === undefined ? undefined : readAnswer(call.function.arguments));
  const isFiltered = finish_reason === "content_filter";
  return {
    text: content || (call?.function.arguments ?? ""),
    names,
    refusal:
      names === undefined
        ? (message.refusal ?? (isFiltered ? "its provider filtered the answer" : undefined))
        : undefined,
    isTruncated: finish_reason === "length",
  };
}

/** How much longer a second answer may be than one that was cut off. */
export const longerAnswer = 4;
const maxShownCharacters = 300;

const shorten = (text: string): string => text.slice(0, maxShownCharacters).toWellFormed();

/** What is changed from one question for a document to the next. */
interface Attempt extends Pick<AskInput, "form" | "textTokens" | "temperature" | "maxAnswerTokens"> {
  unreadable: string | undefined;
  isShrunk: boolean;
  isRepaired: boolean;
}

/** The next attempt after an error; undefined when there is none. Each change is made at most once, so that it ends. */
function afterError(attempt: Attempt, error: GatewayError): Attempt | undefined {
  if (attempt.temperature !== null && isAboutTemperature(error)) return { ...attempt, temperature: null };
  const nextForm = answerForms[answerForms.indexOf(attempt.form) + 1];
  if (isTooLong(error)) {
    return attempt.isShrunk
      ? undefined
      : { ...attempt, isShrunk: true, textTokens: Math.floor(attempt.textTokens / 2), unreadable: undefined };
  }
  return nextForm !== undefined && isAboutForm(error) ? { ...attempt, form: nextForm } : undefined;
}

function repaired(attempt: Attempt, { text, isTruncated }: Read, repair: AskInput["repair"]): Attempt {
  const maxAnswerTokens = attempt.maxAnswerTokens * (isTruncated && repair === "show" ? longerAnswer : 1);
  const next = { ...attempt, isRepaired: true, maxAnswerTokens };
  // An answer that was only cut off is best asked for again.
  if (repair === "show") return isTruncated ? next : { ...next, unreadable: text };
  return { ...next, temperature: repair.temperature };
}

/** What was paid for and what still comes of it; a question that is broken off rejects, and costs nothing. */
function tellLost({
  bill,
  asking,
  onLost,
}: { bill: Bill; asking: Promise<InProcessAnswer> } & Pick<AskInput, "onLost">): void {
  const tell = ({ costNanoUsd }: Pick<Bill, "costNanoUsd">): void => {
    if (costNanoUsd !== null && costNanoUsd > 0) onLost?.(costNanoUsd);
  };
  tell(bill);
  asking.then(tell, () => undefined);
}

/**
 * Asks a model for the tags of a document until there is an answer that can be read: by a schema, by a tool, in words; once
 * with less text when it was too long, and once more when the answer was not what was asked for. Rejects only when the
 * signal is aborted.
 */
export async function askModel(askGateway: AskGateway, input: AskInput, signal: AbortSignal): Promise<Asked> {
  const { caller, promptOf, repair, onLost } = input;
  let bill = noBill;
  let attempt: Attempt = { ...input, unreadable: undefined, isShrunk: false, isRepaired: false };
  for (;;) {
    const question = questionOf({ ...input, ...attempt, prompt: promptOf(attempt.textTokens) });
    const asking = askGateway(caller, question, signal);
    // The gateway may read an answer to its end for the bill; whoever ends the work does not wait for that.
    const answer = await unlessAborted(asking, signal).catch((error: unknown) => {
      tellLost({ bill, asking, onLost });
      throw error;
    });
    bill = withAnswer(bill, answer);
    const { form } = attempt;
    if (answer.error !== null) {
      const next = afterError(attempt, answer.error);
      if (next === undefined) return { ok: false, bill, form, failure: failureOf(answer.error) };
      attempt = next;
      continue;
    }
    const read = readBody(answer.body);
    if (read.names !== undefined) return { ok: true, bill, form, names: read.names };
    const failed = (kind: "refused" | "retry", message: string): Asked => ({
      ok: false,
      bill,
      form,
      failure: { kind, message, retryAfterSeconds: null },
    });
    if (read.refusal !== undefined) return failed("refused", `The model refuses: ${shorten(read.refusal)}`);
    if (attempt.isRepaired) {
      const fault = read.isTruncated ? "was cut off" : "is no list of tags";
      return failed("retry", `The answer of ${input.model} ${fault}: ${shorten(read.text) || "(empty)"}`);
    }
    attempt = repaired(attempt, read, repair);
  }
}
