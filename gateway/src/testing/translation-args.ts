import { TranslationNotes } from "../conversation/notes.ts";
import { ReasoningMemory } from "../conversation/reasoning-memory.ts";
import type { Adapter, ModelRoute } from "../ports.ts";
import type { TranslationArgs } from "../providers/provider.ts";
import type { Call } from "../receive/call.ts";

/** A way to a model at a provider that is never asked. */
export const routeAt = (
  adapter: Adapter,
  upstreamModel: string,
  maxOutputTokens: number | null = null,
): ModelRoute => ({
  deployment: "dep_1",
  provider: adapter,
  adapter,
  upstreamModel,
  priceModel: upstreamModel,
  maxOutputTokens,
  onDisconnect: { whole: "abort", stream: "abort" },
  acquire: () => Promise.reject(new Error("nothing is asked here")),
});

/** What a translation is given for a call of nobody in particular; its notes are those of a lenient caller. */
export const translationArgs = (call: Call, route: ModelRoute): TranslationArgs => ({
  call,
  route,
  requestId: "req_7",
  createdAt: new Date(0),
  notes: new TranslationNotes({ strict: false }),
  memory: new ReasoningMemory().of("user_1"),
  media: new Map(),
  maxEventBytes: 100_000,
});
