import { noUsage, type Usage } from "@llm-tuner/gateway/meter/usage.ts";
import {
  type GatewayCaller,
  noBounds,
  type ReservationRequest,
  type SettlementRequest,
} from "@llm-tuner/gateway/ports.ts";

/** A caller without limits. */
export const freeCaller = (accountId: string): GatewayCaller => ({
  accountId,
  keyId: "key_000000000000",
  scopes: new Set(["chat"]),
  tier: "standard",
  bounds: noBounds,
  headers: {},
});

type Needed = "requestId" | "caller" | "startedAt";

/** What the gateway asks before a chat with a tuned model. */
export const reservationOf = (
  request: Pick<ReservationRequest, Needed> & Partial<ReservationRequest>,
): ReservationRequest => ({
  model: "my-model",
  candidates: [{ provider: "tuned", priceModel: "my-model" }],
  estimatedInputTokens: 100,
  operation: "chat/completions",
  stream: false,
  modelMaxOutputTokens: null,
  serviceTier: null,
  maxOutputTokens: 50,
  pieces: { images: 0, videoSeconds: 0 },
  ...request,
});

/** What the gateway says after it: 10 tokens in and 5 out, unless the counts say more. */
export const settlementOf = ({
  counts,
  ...request
}: Pick<SettlementRequest, Needed> & Partial<SettlementRequest> & { counts?: Partial<Usage> }): SettlementRequest => ({
  model: "my-model",
  provider: "tuned",
  priceModel: "my-model",
  operation: "chat/completions",
  stream: false,
  outcome: "completed",
  usage: { counts: { ...noUsage, inputUncached: 10, outputText: 5, ...counts }, source: "reported" },
  disconnect: null,
  serviceTier: null,
  upstreamId: null,
  attempts: [],
  latencyMs: 120,
  firstByteMs: 30.5,
  errorCode: null,
  ...request,
});
