/** The process that asks. It does what it is told over IPC, one order at a time, and answers with what it measured. */
import { setTimeout as delay } from "node:timers/promises";
import { Agent } from "undici";
import { z } from "zod";
import { ask, bodyFor } from "./ask.ts";
import { type Answer, type Flooded, Order, type Paired, type Steadied, type Verified } from "./orders.ts";

type OrderOf<Kind extends Order["kind"]> = Extract<Order, { kind: Kind }>;

const agents = new Map<string, Agent>();

/** Connections stay open between orders, as those of a client do. */
const agentFor = (connections: number): Agent => {
  const key = String(connections);
  const known = agents.get(key);
  if (known !== undefined) return known;
  const agent = new Agent({ connections, pipelining: 1, keepAliveTimeout: 600_000 });
  agents.set(key, agent);
  return agent;
};

const Message = z.object({ content: z.string() });
const Chunk = z.object({ choices: z.array(z.object({ delta: z.object({ content: z.string().nullish() }) })) });
const Whole = z.object({ choices: z.array(z.object({ message: Message })).min(1) });

const contentOf = (text: string, stream: boolean): z.infer<typeof Verified> => {
  if (!stream) return { content: Whole.parse(JSON.parse(text)).choices[0]?.message.content ?? "", pieces: 1 };
  const contents = text
    .split("\n")
    .filter((line) => line.startsWith("data: ") && !line.includes("[DONE]"))
    .flatMap((line) => Chunk.parse(JSON.parse(line.slice(6))).choices)
    .map(({ delta }) => delta.content ?? "")
    .filter((content) => content !== "");
  return { content: contents.join(""), pieces: contents.length };
};

const verify = async ({ target, shape }: OrderOf<"verify">): Promise<z.infer<typeof Verified>> => {
  const received: Buffer[] = [];
  const body = bodyFor(target.model, shape);
  const { stream } = shape;
  await ask({ agent: agentFor(1), target, turn: 0, body, stream, onPiece: (piece) => received.push(piece) });
  return contentOf(Buffer.concat(received).toString(), stream);
};

const flood = async (order: OrderOf<"flood">): Promise<z.infer<typeof Flooded>> => {
  const { target, shape, connections, durationMs } = order;
  const body = bodyFor(target.model, shape);
  const agent = agentFor(connections);
  const latenciesMs: number[] = [];
  const startedMs = performance.now();
  const work = async (worker: number): Promise<void> => {
    for (let turn = worker; performance.now() - startedMs < durationMs; turn += connections) {
      latenciesMs.push((await ask({ agent, target, turn, body, stream: shape.stream })).totalMs);
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, worker) => work(worker)));
  return { completed: latenciesMs.length, elapsedMs: performance.now() - startedMs, latenciesMs };
};

const pairs = async (order: OrderOf<"pairs">): Promise<z.infer<typeof Paired>> => {
  const { shape } = order;
  const one = (target: OrderOf<"pairs">["direct"], turn: number) =>
    ask({ agent: agentFor(1), target, turn, body: bodyFor(target.model, shape), stream: shape.stream });
  const measured: z.infer<typeof Paired>["pairs"] = [];
  for (let turn = 0; turn < order.pairs; turn += 1) {
    // Who goes first changes, so that neither always finds the caches as the other left them.
    if (turn % 2 === 0) {
      const direct = await one(order.direct, turn);
      measured.push({ direct, subject: await one(order.subject, turn) });
    } else {
      const subject = await one(order.subject, turn);
      measured.push({ direct: await one(order.direct, turn), subject });
    }
  }
  return { pairs: measured };
};

/** Shapes of a steady load in the order in which they come; one of three streams is left early. */
const mixture = [
  { bodyBytes: 1000, stream: false },
  { bodyBytes: 1000, stream: true },
  { bodyBytes: 1000, stream: false },
  { bodyBytes: 1000, stream: true, leaveEarly: true },
  { bodyBytes: 100_000, stream: false },
  { bodyBytes: 1000, stream: true },
] as const;
const maxInProgress = 64;
const tickMs = 20;

const steady = async (order: OrderOf<"steady">): Promise<z.infer<typeof Steadied>> => {
  const { target, ratePerSecond, durationMs } = order;
  const shapes = mixture.map((shape) => ({ leaveEarly: false, ...shape, body: bodyFor(target.model, shape) }));
  const agent = agentFor(maxInProgress);
  const counts = { completed: 0, leftEarly: 0, skipped: 0 };
  const failures: unknown[] = [];
  const inProgress = new Set<Promise<void>>();
  const begin = (turn: number): void => {
    const shape = shapes[turn % shapes.length];
    if (shape === undefined || inProgress.size >= maxInProgress) {
      counts.skipped += 1;
      return;
    }
    const { body, stream, leaveEarly } = shape;
    const asking = ask({ agent, target, turn, body, stream, leaveEarly })
      .then(() => void (counts[leaveEarly ? "leftEarly" : "completed"] += 1))
      .catch((error: unknown) => void failures.push(error))
      .finally(() => void inProgress.delete(asking));
    inProgress.add(asking);
  };
  const startedMs = performance.now();
  for (let begun = 0; performance.now() - startedMs < durationMs; await delay(tickMs)) {
    const due = Math.floor(((performance.now() - startedMs) / 1000) * ratePerSecond);
    for (; begun < due; begun += 1) begin(begun);
  }
  await Promise.all(inProgress);
  if (failures.length > 0)
    throw new Error(`${failures.length} requests failed, the first of them:`, { cause: failures[0] });
  return counts;
};

const execute = (order: Order): Promise<Extract<z.infer<typeof Answer>, { done: unknown }>["done"]> => {
  if (order.kind === "verify") return verify(order);
  if (order.kind === "flood") return flood(order);
  if (order.kind === "pairs") return pairs(order);
  return steady(order);
};

const explain = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} ${explain(error.cause)}`;
};

process.on("message", (message) => {
  execute(Order.parse(message))
    .then((done) => process.send?.({ done }))
    .catch((error: unknown) => process.send?.({ failed: explain(error) }));
});
