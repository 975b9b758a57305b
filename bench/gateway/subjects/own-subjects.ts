import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { z } from "zod";
import { endProcess, pidOf, type Subject } from "./subject.ts";
import { UpstreamBehaviour } from "./upstream-behaviour.ts";

const Address = z.object({ port: z.int() });

const messageOf = async <Schema extends z.ZodType>(child: ChildProcess, schema: Schema): Promise<z.output<Schema>> => {
  const [received]: unknown[] = await once(child, "message");
  return schema.parse(received);
};

async function startRole(role: "upstream" | "bare", parameters: readonly string[]) {
  const child = fork(new URL("./roles.ts", import.meta.url), [role, ...parameters]);
  const { port } = await messageOf(child, Address);
  return { child, origin: `http://127.0.0.1:${port}` };
}

const targetAt = (origin: string) => ({
  origin,
  path: "/v1/chat/completions",
  model: "bench",
  headers: [{ authorization: "Bearer bench" }],
});

/** The provider. As a subject it is what a client has without any gateway. */
export interface Upstream extends Subject {
  behave(behaviour: UpstreamBehaviour): Promise<void>;
}

export async function startUpstream(): Promise<Upstream> {
  const { child, origin } = await startRole("upstream", []);
  return {
    name: "direct",
    description: "the provider asked directly, a process that answers like one",
    pid: pidOf(child),
    target: targetAt(origin),
    async behave(behaviour) {
      const holds = messageOf(child, UpstreamBehaviour);
      child.send(behaviour);
      await holds;
    },
    stop: () => endProcess(child),
  };
}

export async function startBareProxy(upstream: Upstream): Promise<Subject> {
  const { child, origin } = await startRole("bare", [upstream.target.origin]);
  return {
    name: "bare",
    description: "a pass-through proxy of http and undici.dispatch: no credentials, no limits, no metering",
    pid: pidOf(child),
    target: targetAt(origin),
    stop: () => endProcess(child),
  };
}
