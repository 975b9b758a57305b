import type { GatewayCaller } from "@llm-tuner/gateway/ports.ts";
import type { TaggingRequest } from "../../documents/documents.module.ts";
import type { KnownModel } from "../known-models.ts";
import { answerSchema } from "./answer-form.ts";
import type { AskInput } from "./ask-model.ts";
import { candidatesOf, mostCandidates } from "./candidates.ts";
import { buildPrompt, promptVersion } from "./prompts.ts";
import { estimateTokens } from "./token-estimate.ts";
import {
  answerTokensOf,
  buildTunedPrompt,
  tunedPromptVersion,
  tunedTextTokens,
  usualAnswerTokens,
} from "./tuned-prompt.ts";

/** Models that think before they answer count their thoughts as part of the answer. */
export const roomForThought = 2_000;
export const mostCandidateTokens = 2_000;
const leastTextTokens = 64;
/** Of a model that nobody knows the context of; every hosted one of today takes more. */
const assumedContextTokens = 8_192;

export type PlannedQuestion = Omit<AskInput, "form"> & { promptVersion: string };

/** An answer of its own temperature would be another one each time; some models take none but their own. */
const temperatureFor = ({ bounds }: GatewayCaller, { adapter }: KnownModel): number | null =>
  bounds.locked?.temperature !== undefined || adapter !== "openai-compatible" ? null : 0;

const lengthField = ({ adapter }: KnownModel) =>
  adapter === "openai-compatible" ? "max_tokens" : "max_completion_tokens";

const answerTokens = (wanted: number, model: KnownModel, { bounds }: GatewayCaller): number =>
  Math.min(wanted, model.maxAnswerTokens ?? wanted, bounds.locked?.max_tokens ?? wanted);

/** Says so much that the second answer is another one, and not so much that it is nonsense. */
const secondTemperature = 0.7;

function planOwn(
  request: TaggingRequest,
  { model, caller }: { model: KnownModel; caller: GatewayCaller },
): PlannedQuestion {
  const maxAnswerTokens = answerTokens(answerTokensOf(request.maxTags), model, caller);
  return {
    caller,
    model: model.name,
    promptVersion: tunedPromptVersion,
    schema: answerSchema("free", []),
    temperature: temperatureFor(caller, model),
    lengthField: lengthField(model),
    maxAnswerTokens,
    textTokens: tunedTextTokens({
      contextTokens: model.contextTokens,
      answerTokens: usualAnswerTokens,
      language: request.document.language,
    }),
    promptOf: (textTokens) => buildTunedPrompt(request.document, textTokens),
    repair: { temperature: secondTemperature },
  };
}

interface PlanInput {
  model: KnownModel;
  caller: GatewayCaller;
  /** By the setting. */
  textTokens: number;
  /** Frequent in all of the text, most frequent first. */
  keyPhrases: readonly string[];
}

function planHosted(request: TaggingRequest, { model, caller, textTokens, keyPhrases }: PlanInput): PlannedQuestion {
  const { document, knownTags } = request;
  const context = model.contextTokens ?? assumedContextTokens;
  const maxAnswerTokens = answerTokens(Math.min(roomForThought, Math.floor(context / 4)), model, caller);
  const candidates =
    request.mode === "free"
      ? []
      : candidatesOf({
          knownTags,
          text: [document.title, ...keyPhrases, document.text].join("\n"),
          language: document.language,
          most: mostCandidates[request.mode],
          maxTokens: Math.min(mostCandidateTokens, Math.floor(context / 6)),
        });
  // Without a list there is nothing to prefer.
  const mode = request.mode === "prefer_existing" && candidates.length === 0 ? "free" : request.mode;
  const promptOf = (tokens: number) =>
    buildPrompt({ ...request, mode, candidates, keyPhrases, textTokens: Math.max(tokens, leastTextTokens) });
  const { system, user } = buildPrompt({
    ...request,
    document: { ...document, title: "", fileName: "", text: "" },
    mode,
    candidates,
    keyPhrases,
    textTokens: 0,
  });
  const overhead = estimateTokens(system + user);
  // A tenth is kept for the rule of thumb's error.
  const room = Math.floor(context * 0.9) - maxAnswerTokens - overhead;
  return {
    caller,
    model: model.name,
    promptVersion,
    schema: answerSchema(mode, candidates),
    temperature: temperatureFor(caller, model),
    lengthField: lengthField(model),
    maxAnswerTokens,
    textTokens: Math.max(leastTextTokens, Math.min(textTokens, room)),
    promptOf,
    repair: "show",
  };
}

/** How a document is put to a model: in full to one that follows instructions, in short to one that was tuned here. */
export const planQuestion = (request: TaggingRequest, input: PlanInput): PlannedQuestion =>
  input.model.isOwn ? planOwn(request, input) : planHosted(request, input);
