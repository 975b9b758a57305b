import type { TagMode } from "@llm-tuner/contract/document-jobs.ts";
import { answerExample, type Prompt } from "./prompts.ts";

/**
 * How a model is bound to the answer that is asked for: by a JSON schema, by a tool that it has to call, or by words alone.
 */
export const answerForms = ["schema", "tool", "text"] as const;
export type AnswerForm = (typeof answerForms)[number];

const answerName = "tags_of_document";

const listOf = (values: readonly string[] | null) => ({
  type: "array",
  items: values === null ? { type: "string" } : { type: "string", enum: values },
});

const objectOf = (properties: Record<string, ReturnType<typeof listOf>>) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

/** The schema of the answer. Without any candidates there is nothing to choose from. */
export function answerSchema(mode: TagMode, candidates: readonly string[]) {
  if (mode === "closed") return objectOf({ tags: listOf(candidates) });
  if (mode === "prefer_existing") return objectOf({ existing: listOf(candidates), proposed: listOf(null) });
  return objectOf({ tags: listOf(null) });
}

interface Message {
  role: "system" | "user" | "assistant";
  content: string;
}

export interface QuestionInput {
  model: string;
  form: AnswerForm;
  prompt: Prompt;
  schema: ReturnType<typeof answerSchema>;
  maxAnswerTokens: number;
  /** Servers that speak OpenAI's dialect know its older word for the length of an answer, OpenAI's newest models do not. */
  lengthField: "max_tokens" | "max_completion_tokens";
  /** Null leaves it to the model: some take no other than their own. */
  temperature: number | null;
  /** What the model answered first, when that could not be read. */
  unreadable: string | undefined;
}

const shownOfUnreadable = 1_000;

const repairMessages = (unreadable: string | undefined, example: string): Message[] =>
  unreadable === undefined
    ? []
    : [
        { role: "assistant", content: unreadable.slice(0, shownOfUnreadable).toWellFormed() || "(nothing)" },
        {
          role: "user",
          content: `That cannot be read. Answer with one JSON object such as ${example}, complete, and with nothing else.`,
        },
      ];

function formFields(form: AnswerForm, schema: QuestionInput["schema"]): Record<string, unknown> {
  if (form === "text") return {};
  if (form === "schema") {
    return { response_format: { type: "json_schema", json_schema: { name: answerName, strict: true, schema } } };
  }
  const tool = { name: answerName, description: "Takes the tags of the document.", parameters: schema, strict: true };
  return {
    tools: [{ type: "function", function: tool }],
    tool_choice: { type: "function", function: { name: answerName } },
  };
}

/** A chat completion request. */
export function questionOf({ model, form, prompt, schema, ...input }: QuestionInput): Record<string, unknown> {
  const example = answerExample("existing" in schema.properties ? "prefer_existing" : "free");
  const messages: Message[] = [
    { role: "system", content: prompt.system },
    { role: "user", content: prompt.user },
    ...repairMessages(input.unreadable, example),
  ];
  return {
    model,
    messages,
    [input.lengthField]: input.maxAnswerTokens,
    ...(input.temperature === null ? {} : { temperature: input.temperature }),
    ...formFields(form, schema),
  };
}
