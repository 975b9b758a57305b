import { Drains } from "./attempt.ts";
import { createCooldown } from "./choose/cooldown.ts";
import type { CompletionEnvironment } from "./complete.ts";
import { ReasoningMemory } from "./conversation/reasoning-memory.ts";
import type { GatewayOptions } from "./options.ts";
import type { GatewayPorts } from "./ports.ts";
import type { Transport } from "./providers/upstream.ts";

/** What lives as long as a gateway does, whatever host it runs on. */
export const createEnvironment = (args: {
  ports: GatewayPorts;
  transport: Transport;
  options: GatewayOptions;
}): CompletionEnvironment => ({
  ...args,
  fetchMedia: args.ports.fetchMedia,
  reasoning: new ReasoningMemory(),
  drains: new Drains(args.options),
  cooldown: createCooldown({ ...args.options, nowMs: () => performance.now() }),
  random: Math.random,
});
