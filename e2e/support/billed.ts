import type { TestGateway } from "@llm-tuner/gateway/testing/test-gateway.ts";
import { expect } from "vitest";
import { lastEndedCall } from "../fakes/fake-calls.ts";
import type { FakeProvider } from "../fakes/fake-provider.ts";

/** What the fake billed for its last call is what the gateway settled, and all else of `settled` as well. */
export const expectBilledBy = (fake: FakeProvider, gateway: TestGateway, settled: object = {}): void => {
  const { usage: counts } = lastEndedCall(fake);
  expect(gateway.meter.settlements.at(-1)).toMatchObject({
    outcome: "completed",
    usage: { counts, source: "reported" },
    ...settled,
  });
};
