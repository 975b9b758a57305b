import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { z } from "zod";
import type { BehaviourInput } from "./behaviour.ts";
import type { FakeCall, Totals } from "./journal.ts";

const Started = z.object({ origin: z.string(), apiKey: z.string() });

export interface FakeProcess {
  origin: string;
  apiKey: string;
  plan(...behaviours: BehaviourInput[]): Promise<void>;
  behave(behaviour: BehaviourInput | null): Promise<void>;
  clear(): Promise<void>;
  release(): Promise<void>;
  calls(): Promise<FakeCall[]>;
  totals(): Promise<Totals>;
  reached(event: "arrived" | "ended", count: number): Promise<void>;
  /** Ends the process and waits until it is gone. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

/** Starts a fake as a process of its own, whose counts outlive the test that started it. */
export const startFakeProcess = async (
  provider: "openai" | "anthropic" | "gemini",
  { port = 0, journalPath }: { port?: number; journalPath?: string } = {},
): Promise<FakeProcess> => {
  const journal = journalPath === undefined ? [] : ["--journal", journalPath];
  const given = ["--provider", provider, "--port", String(port), "--end-with-stdin", ...journal];
  const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts"), ...given], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const ended = exited.then((): never => {
    throw new Error(`the fake of ${provider} ended before it was ready`);
  });
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended]);
  const { origin, apiKey } = Started.parse(JSON.parse(String(line)));
  const control = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(`${origin}/__fake/${path}`, init);
    if (!response.ok) throw new Error(`${method} ${path} of the fake: ${await response.text()}`);
    return response.json();
  };
  return {
    origin,
    apiKey,
    plan: async (...behaviours) => void (await control("POST", "plan", behaviours)),
    behave: async (behaviour) => void (await control("POST", "behave", behaviour)),
    clear: async () => void (await control("POST", "clear")),
    release: async () => void (await control("POST", "release")),
    // The fake made them of the same types; its journal is checked where it is read.
    calls: async () => (await control("GET", "calls")) as FakeCall[],
    // As above.
    totals: async () => (await control("GET", "totals")) as Totals,
    reached: async (event, count) => void (await control("GET", `reached?event=${event}&count=${count}`)),
    async end(signal) {
      child.kill(signal);
      await exited;
    },
  };
};
