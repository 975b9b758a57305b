import type { FakeProvider } from "./fake-provider.ts";

/** What a fake noted of its last call, which has to have ended. */
export const lastEndedCall = (fake: Pick<FakeProvider, "calls">) => {
  const call = fake.calls().at(-1);
  if (call?.event !== "ended") throw new Error("the last call has not ended");
  return call;
};
