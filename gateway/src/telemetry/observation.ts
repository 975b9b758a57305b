import type { Usage } from "../meter/usage.ts";
import type { Attempt, DisconnectPolicy, Outcome } from "../ports.ts";
import type { Fault } from "./faults.ts";

/** What became of a request to a model that came as far as its reservation. */
export interface AnsweredRequest {
  /** Such as `chat/completions`. */
  operation: string;
  stream: boolean;
  /** As the caller named it. */
  model: string;
  /** Who answered, or was asked last. */
  provider: string;
  upstreamModel: string;
  /** As the provider itself calls the model that answered. */
  responseModel: string | null;
  upstreamId: string | null;
  maxOutputTokens: number | null;
  outcome: Outcome;
  disconnect: DisconnectPolicy | null;
  usage: Usage;
  /** Integer nano-USD; null when the model has no price. */
  costNanoUsd: number | null;
  attempts: readonly Attempt[];
  firstByteMs: number | null;
}

/** One request to the gateway, seen at its end. No word of what was said is in it. */
export interface Observation {
  requestId: string;
  /** Method and route, such as `POST /v1/chat/completions`; null where no route was found. */
  route: string | null;
  /** The W3C trace context that the caller sent. */
  traceparent: string | null;
  /** Of the answer; null when the client had gone before there was one. */
  status: number | null;
  /** Null when all went well. */
  fault: Fault | null;
  startedAt: Date;
  /** Milliseconds, with fractions. */
  latencyMs: number;
  /** What the gateway itself added, in milliseconds with fractions. */
  overheadMs: number;
  /** Null when it was refused before anything was reserved, and for what needs no model. */
  answered: AnsweredRequest | null;
}

/** Takes what is seen; it must not throw and does not wait. */
export type Observe = (observation: Observation) => void;
