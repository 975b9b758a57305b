import type { Adapter } from "@llm-tuner/gateway/ports.ts";
import { startTestGateway, type TestGateway } from "@llm-tuner/gateway/testing/test-gateway.ts";
import { startFakeAnthropic } from "../fakes/anthropic/anthropic.ts";
import type { FakeProvider } from "../fakes/fake-provider.ts";
import { startFakeGemini } from "../fakes/gemini/gemini.ts";
import { startFakeOpenAi } from "../fakes/openai/openai.ts";
import { expectBilledBy } from "./billed.ts";
import { afterAll, afterEach, beforeAll } from "vitest";

/** One wire format of a provider, with its fake behind it. */
export interface ProviderWay {
  adapter: Adapter;
  upstreamModel: string;
  start: () => Promise<FakeProvider>;
  credentials: (apiKey: string) => Record<string, string>;
}

const bearer = (apiKey: string) => ({ authorization: `Bearer ${apiKey}` });
export const waysToProviders: readonly ProviderWay[] = [
  { adapter: "openai", upstreamModel: "gpt-5.1", start: startFakeOpenAi, credentials: bearer },
  { adapter: "openai-compatible", upstreamModel: "gpt-5.1", start: startFakeOpenAi, credentials: bearer },
  {
    adapter: "anthropic",
    upstreamModel: "claude-haiku-4-5",
    start: startFakeAnthropic,
    credentials: (apiKey) => ({ "x-api-key": apiKey }),
  },
  {
    adapter: "gemini",
    upstreamModel: "gemini-2.5-flash",
    start: startFakeGemini,
    credentials: (apiKey) => ({ "x-goog-api-key": apiKey }),
  },
];

interface Offer {
  name: string;
  upstreamModel: string;
  maxOutputTokens?: number;
}

const startWith = async (
  { adapter, start, credentials }: Omit<ProviderWay, "upstreamModel">,
  offers: readonly Offer[],
): Promise<{ fake: FakeProvider; gateway: TestGateway }> => {
  const [fake, gateway] = await Promise.all([start(), startTestGateway()]);
  const origin = new URL(fake.origin);
  const acquire = async () => ({ origin, headers: credentials(fake.apiKey), release: () => undefined });
  for (const { name, ...target } of offers) {
    const route = gateway.routeTo(origin, { ...target, adapter, acquire });
    gateway.plans.set(name, { steps: [[{ route, weight: 1 }]] });
  }
  return { fake, gateway };
};

/** A gateway that offers the way's model under a name of its own. */
export const startGatewayAt = ({ upstreamModel, ...way }: ProviderWay, name: string) =>
  startWith(way, [{ name, upstreamModel, maxOutputTokens: 8_000 }]);

/** A gateway that offers models of one provider, each as `my …`. */
const startGatewayAtModels = (adapter: Adapter, upstreamModels: readonly string[]) => {
  const way = waysToProviders.find((one) => one.adapter === adapter);
  if (way === undefined) throw new Error(`there is no fake for ${adapter}`);
  return startWith(
    way,
    upstreamModels.map((upstreamModel) => ({ name: `my ${upstreamModel}`, upstreamModel })),
  );
};

/** Gives the tests of a file such a gateway and the fake behind it, which forgets between two tests what it was told. */
export function gatewayAtModels(adapter: Adapter, upstreamModels: readonly string[]) {
  let started: Awaited<ReturnType<typeof startGatewayAtModels>> | undefined;
  const running = () => {
    if (started === undefined) throw new Error("the gateway is started before the first test");
    return started;
  };
  beforeAll(async () => {
    started = await startGatewayAtModels(adapter, upstreamModels);
  });
  afterEach(() => running().fake.clear());
  afterAll(async () => {
    await started?.gateway.close();
    await started?.fake.close();
  });
  return {
    fake: () => running().fake,
    gateway: () => running().gateway,
    /** The last call is settled as the fake billed it, and as `settled` says. */
    expectBilled: (settled: object = {}): void => expectBilledBy(running().fake, running().gateway, settled),
  };
}

/** A conversation as clients really send it: turns of any order, one of them empty or `blank`. */
export const turnsInAnyOrder = (blank: string) => [
  { role: "assistant" as const, content: "Welcome." },
  { role: "system" as const, content: "Be short." },
  { role: "user" as const, content: blank },
  { role: "user" as const, content: "Hello" },
  { role: "developer" as const, content: "Be shorter." },
  { role: "assistant" as const, content: "" },
  { role: "user" as const, content: "Well?" },
];
