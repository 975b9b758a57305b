import { vi } from "vitest";

/** What is waited for comes when it comes: the limit only says where a test hung, and is no measure of speed. */
const patience = { timeout: 120_000, interval: 20 };

/** Asks again and again until the answer is neither missing nor false, and resolves to it. */
export const until = <Answer>(ask: () => Answer | Promise<Answer>) => vi.waitUntil(ask, patience);
