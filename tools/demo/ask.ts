import type OpenAI from "openai";

export interface Answer {
  content: string;
  requestId: string;
  promptTokens: number;
  completionTokens: number;
  latencyMs: number;
}

interface Question {
  client: OpenAI;
  model: string;
  question: string;
  stream: boolean;
}

const parameters = ({ model, question }: Question) => ({
  model,
  messages: [{ role: "user" as const, content: question }],
  max_tokens: 96,
  temperature: 0,
});

const askWhole = async (question: Question): Promise<Omit<Answer, "latencyMs">> => {
  const { data, response } = await question.client.chat.completions.create(parameters(question)).withResponse();
  return {
    content: data.choices[0]?.message.content ?? "",
    requestId: response.headers.get("x-request-id") ?? "",
    promptTokens: data.usage?.prompt_tokens ?? 0,
    completionTokens: data.usage?.completion_tokens ?? 0,
  };
};

const askStreamed = async (question: Question): Promise<Omit<Answer, "latencyMs">> => {
  const { data, response } = await question.client.chat.completions
    .create({ ...parameters(question), stream: true, stream_options: { include_usage: true } })
    .withResponse();
  const answer = {
    content: "",
    requestId: response.headers.get("x-request-id") ?? "",
    promptTokens: 0,
    completionTokens: 0,
  };
  for await (const chunk of data) {
    answer.content += chunk.choices[0]?.delta.content ?? "";
    answer.promptTokens = chunk.usage?.prompt_tokens ?? answer.promptTokens;
    answer.completionTokens = chunk.usage?.completion_tokens ?? answer.completionTokens;
  }
  return answer;
};

/** One question to one model through the official SDK; latency is that of the whole answer. */
export const ask = async (question: Question): Promise<Answer> => {
  const started = performance.now();
  const answer = await (question.stream ? askStreamed(question) : askWhole(question));
  return { ...answer, latencyMs: performance.now() - started };
};
