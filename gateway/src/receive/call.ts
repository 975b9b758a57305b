import type { JsonObject } from "../json.ts";
import type { Usage } from "../meter/usage.ts";
import type { FormFile } from "./form.ts";

/** Operations whose answer a model makes; the name is the path under `/v1`. */
export type Endpoint =
  | "chat/completions"
  | "completions"
  | "responses"
  | "messages"
  | "messages/count_tokens"
  | "embeddings"
  | "images/generations"
  | "images/edits"
  | "images/variations"
  | "videos";

/** Whose words a caller speaks: the form of errors, events and some headers follows from it. */
export type Dialect = "openai" | "anthropic";

/** A request to a model: what the gateway needs of it, and the whole of it. */
export interface Call {
  endpoint: Endpoint;
  dialect: Dialect;
  model: string;
  stream: boolean;
  /** Whether the client asked for the usage of a stream; only the OpenAI dialect asks. */
  includeUsage: boolean;
  estimatedInputTokens: number;
  /** Over all choices and prompts; null when the caller set no bound. */
  maxOutputTokens: number | null;
  /** Field of the body that bounds one answer; null where the operation has none. */
  outputField: "max_tokens" | "max_output_tokens" | null;
  /** How many answers are generated: choices times prompts. */
  answers: number;
  /** What is billed by the piece; see `ReservationRequest.pieces`. */
  pieces: Pick<Usage, "images" | "videoSeconds">;
  /** The parsed body, unknown fields included. Of a form (`multipart/form-data`), its text fields. */
  body: JsonObject;
  /** The files of a form; none of any other body. */
  files: readonly FormFile[];
  /** The body as it was sent, or written anew where the caller is bound. */
  bytes: Uint8Array;
  contentType: string;
  /** What cannot be carried to the provider is refused instead of being told in a header (`x-gateway-strict: true`). */
  strict: boolean;
  /** Headers of the dialect that go to a provider of the same dialect, such as `anthropic-beta`. */
  forwardedHeaders: Readonly<Record<string, string>>;
}

/** What an operation's reader finds out about a body. */
export type CallFields = Pick<
  Call,
  | "model"
  | "stream"
  | "includeUsage"
  | "estimatedInputTokens"
  | "maxOutputTokens"
  | "outputField"
  | "answers"
  | "pieces"
>;

export const noPieces: Call["pieces"] = { images: 0, videoSeconds: 0 };
