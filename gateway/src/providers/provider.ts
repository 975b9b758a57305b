import type { videoVariants } from "@llm-tuner/contract/videos.ts";
import type { AnswerFacts, Generation, GenerationEvent } from "../conversation/answer.ts";
import type { InlinedMedia } from "../conversation/inlined-media.ts";
import type { TranslationNotes } from "../conversation/notes.ts";
import type { TurnMemory } from "../conversation/reasoning-memory.ts";
import type { GenerationRequest } from "../conversation/request.ts";
import type { GatewayError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import type { MeasuredUsage } from "../meter/usage.ts";
import type { Adapter, ModelRoute, VideoJob } from "../ports.ts";
import type { Call, Endpoint } from "../receive/call.ts";
import type { UpstreamHeaders } from "./upstream.ts";

/** A request as a provider's format has it; the lease adds where it goes and with which key. */
export interface ProviderRequest {
  method: "GET" | "POST" | "DELETE";
  /** Path and query, after the lease's own path. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array | null;
}

/** A whole answer, ready for the client. */
export interface TranslatedAnswer {
  bytes: Uint8Array;
  /** JSON when it is left out. */
  contentType?: string;
  usage: MeasuredUsage;
  facts: AnswerFacts;
}

/**
 * Turns a provider's streamed answer into the client's, synchronously: bytes in, bytes out. When it is `done` or `failed`
 * it takes nothing more; what comes after is of no interest to the client.
 */
export interface StreamTranslator {
  /** Bytes for the client that these bytes of the provider complete; may be empty. */
  push(chunk: Uint8Array): Uint8Array;
  /** The provider's answer ended properly: the rest for the client, without what `close` gives. */
  end(): Uint8Array;
  state(): "open" | "done" | "failed";
  /** Why it is `failed`. */
  error(): GatewayError | undefined;
  /** What was used as far as is known; `partial` or `estimated` until the provider's last word. */
  usage(): MeasuredUsage;
  facts(): AnswerFacts;
  /** Of a `done` stream: the last bytes, sent when the request is settled. */
  close(): Uint8Array;
  /** Bytes that tell the client of an error after the answer began. */
  fail(error: GatewayError): Uint8Array;
}

/** What one call becomes at one provider. */
export interface Translation {
  request: ProviderRequest;
  /** A whole answer of a 2xx status. Throws a `GatewayError` when it is no answer. */
  readAnswer(body: Uint8Array, headers: UpstreamHeaders): TranslatedAnswer;
  /** For a call that streams. */
  streamTranslator(): StreamTranslator;
}

export interface TranslationArgs {
  call: Call;
  route: ModelRoute;
  requestId: string;
  createdAt: Date;
  notes: TranslationNotes;
  /** What was remembered of earlier turns of this account. */
  memory: TurnMemory;
  /** What was fetched for the request, where its provider takes bytes only. */
  media: InlinedMedia;
  /** Largest single event of a stream. */
  maxEventBytes: number;
}

/**
 * Reads a provider's stream into the neutral form. It knows how the stream ended: properly, by an error that came as an
 * event, or by being cut off, which is a failure.
 */
export interface GenerationReader {
  push(chunk: Uint8Array): readonly GenerationEvent[];
  end(): readonly GenerationEvent[];
  state(): "open" | "done" | "failed";
  error(): GatewayError | undefined;
}

/** How generated answers are asked of a provider, whatever dialect the caller speaks. All steps are pure and synchronous. */
export interface GenerationAdapter {
  /** Which addresses of media are fetched by the gateway before, because the provider takes bytes only; `false`: none. */
  inlinesMedia: false | ((url: string) => boolean);
  buildRequest(args: GenerationArgs): ProviderRequest;
  /** Throws a `GatewayError` when the body is no answer, or the error that it holds. */
  readAnswer(body: Uint8Array, notes: TranslationNotes): Generation;
  streamReader(args: { maxEventBytes: number; notes: TranslationNotes }): GenerationReader;
}

export interface GenerationArgs {
  request: GenerationRequest;
  stream: boolean;
  route: ModelRoute;
  requestId: string;
  notes: TranslationNotes;
}

/** The film itself, or a picture of it. */
export type VideoVariant = (typeof videoVariants)[number];

/** How a film that was ordered is asked for. All steps are pure and synchronous. */
export interface VideoAdapter {
  lookRequest(job: VideoJob): VideoRequest;
  /** What the look was answered with, as OpenAI's description of a film. Throws a `GatewayError` when it is none. */
  readVideo(body: Uint8Array, job: VideoJob): Video;
  /** Whether the answer to a look says where the content lies. */
  looksForContent: boolean;
  /** `looked` is that answer. Throws a `GatewayError` when there is no such content, or not yet. */
  contentRequest(job: VideoJob, args: { variant: VideoVariant; looked: Uint8Array | undefined }): VideoRequest;
  /** Undefined where nothing can be deleted. */
  deleteRequest: ((job: VideoJob) => VideoRequest) | undefined;
  /** Further hosts that the provider may hand its content out from; they are asked without its key. */
  isContentHost(host: string): boolean;
}

export type VideoRequest = Pick<ProviderRequest, "method" | "path">;

/** OpenAI's description of a film, as far as it is acted on. */
export type Video = JsonObject & { status: string };

/** A wire format that models are reached by. */
export interface Provider {
  adapter: Adapter;
  /** Operations that it answers in the caller's own dialect, or that have a translation of their own. */
  operations: Readonly<Partial<Record<Endpoint, (args: TranslationArgs) => Translation>>>;
  /** For the generating operations that are not among those; undefined when it generates no text. */
  generation: GenerationAdapter | undefined;
  /** For films; undefined when it makes none. */
  videos?: VideoAdapter;
  /** An answer that is not a success, told to the client as its own fault, the provider's, or a limit. */
  readError(args: { status: number; headers: UpstreamHeaders; body: Uint8Array }): GatewayError;
}
