import { TranslationNotes } from "../conversation/notes.ts";
import { ReasoningMemory } from "../conversation/reasoning-memory.ts";
import { decodeJsonObject, type JsonObject } from "../json.ts";
import type { Adapter, ModelRoute } from "../ports.ts";
import type { ProviderRequest, TranslationArgs } from "../providers/provider.ts";
import type { Call } from "../receive/call.ts";

export const routeFor = (adapter: Adapter, upstreamModel: string): ModelRoute => ({
  deployment: "dep_1",
  provider: adapter,
  adapter,
  upstreamModel,
  priceModel: upstreamModel,
  maxOutputTokens: null,
  onDisconnect: { whole: "abort", stream: "abort" },
  acquire: () => Promise.reject(new Error("nothing is sent in this test")),
});

/** What a translation needs besides the call and the way it goes. */
export const translationArgs = (call: Call, route: ModelRoute, { strict = false } = {}): TranslationArgs => ({
  call,
  route,
  requestId: "req_1",
  createdAt: new Date(1_700_000_000_500),
  notes: new TranslationNotes({ strict }),
  memory: new ReasoningMemory().of("user_1"),
  media: new Map(),
  maxEventBytes: 8_000_000,
});

/** The body of a request as its provider reads it. */
export const bodyOf = ({ body }: ProviderRequest): JsonObject => decodeJsonObject(body ?? new Uint8Array(0)) ?? {};

/** The bytes in pieces of so many bytes. */
export const piecesOf = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.slice(index * size, (index + 1) * size));
