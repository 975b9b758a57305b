import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { createParser } from "eventsource-parser";
import { z } from "zod";
import type { PlannedCall } from "./calls.ts";

/** What a client knows of its call when it is over; nothing of it comes from the server's books. */
export interface ClientCall {
  plan: PlannedCall;
  /** Which of the callers it was. */
  caller: string;
  /** By the answer's header; null when no answer began. */
  requestId: string | null;
  status: number | null;
  /** `error.code` of a refusal, in either dialect. */
  errorCode: string | null;
  /** The whole answer came, with the sign that ends it. */
  complete: boolean;
  /** The client went away itself. */
  left: boolean;
  /** Characters of the answer that came. */
  characters: number;
  /** `x-gateway-cost-nano-usd`, which whole answers bear. */
  costNanoUsd: string | null;
  startedMs: number;
  endedMs: number;
}

const Piece = z.looseObject({});
const Delta = z.object({
  choices: z
    .array(
      z.object({
        text: z.string().optional(),
        delta: z
          .object({
            content: z.string().nullish(),
            reasoning_content: z.string().nullish(),
            tool_calls: z
              .array(z.object({ function: z.object({ arguments: z.string().nullish() }).nullish() }))
              .nullish(),
          })
          .optional(),
      }),
    )
    .optional(),
  delta: z
    .union([
      z.string(),
      z.object({ text: z.string().optional(), thinking: z.string().optional(), partial_json: z.string().optional() }),
    ])
    .optional(),
});

/** Characters that a model made in one event of any dialect. */
const charactersIn = (data: unknown): number => {
  const parsed = Delta.safeParse(data);
  if (!parsed.success) return 0;
  const { choices = [], delta } = parsed.data;
  const ofChoices = choices.flatMap(({ text, delta: inner }) => [
    text,
    inner?.content,
    inner?.reasoning_content,
    ...(inner?.tool_calls ?? []).map((call) => call.function?.arguments),
  ]);
  const own = typeof delta === "string" ? [delta] : [delta?.text, delta?.thinking, delta?.partial_json];
  return [...ofChoices, ...own].reduce((sum, text) => sum + (text?.length ?? 0), 0);
};

const lastEvents = new Set(["message_stop", "response.completed", "response.incomplete", "image_generation.completed"]);

/** Reads a stream of any dialect: how much came, and whether its last event did. */
class StreamReader {
  events = 0;
  characters = 0;
  sawEnd = false;
  readonly #parser = createParser({
    onEvent: ({ data }) => {
      this.events += 1;
      if (data === "[DONE]") {
        this.sawEnd = true;
        return;
      }
      const event = Piece.parse(JSON.parse(data));
      this.characters += charactersIn(event);
      if (lastEvents.has(String(event["type"]))) this.sawEnd = true;
    },
  });
  readonly #decoder = new TextDecoder();

  push(chunk: Uint8Array): void {
    this.#parser.feed(this.#decoder.decode(chunk, { stream: true }));
  }
}

const ErrorBody = z.object({ error: z.object({ code: z.string().nullish(), type: z.string().nullish() }) });

const errorCodeIn = (text: string): string | null => {
  try {
    const { error } = ErrorBody.parse(JSON.parse(text));
    return error.code ?? error.type ?? null;
  } catch {
    return null;
  }
};

const headerOf = (response: IncomingMessage, name: string): string | null => {
  const value = response.headers[name];
  return typeof value === "string" ? value : null;
};

/** Reads an answer to its end, to the moment when the client leaves, or until it breaks. */
const readAnswer = async (
  response: IncomingMessage,
  { plan, leave }: { plan: PlannedCall; leave: () => void },
): Promise<Pick<ClientCall, "complete" | "characters" | "errorCode">> => {
  const isStream = headerOf(response, "content-type")?.startsWith("text/event-stream") === true;
  const reader = new StreamReader();
  const pieces: Buffer[] = [];
  let ended = false;
  try {
    for await (const chunk of response) {
      const bytes: Buffer = chunk;
      if (!isStream) pieces.push(bytes);
      else reader.push(bytes);
      if (plan.leaving?.kind === "after-events" && isStream && reader.events >= plan.leaving.events) leave();
    }
    ended = response.complete;
  } catch {
    // The connection broke; what had come by then counts.
  }
  const text = Buffer.concat(pieces).toString("utf8");
  const isWhole = response.statusCode === 200 && ended && (isStream ? reader.sawEnd : true);
  return {
    complete: isWhole,
    characters: reader.characters,
    errorCode: response.statusCode === 200 ? null : errorCodeIn(text),
  };
};

const send = (origin: string, plan: PlannedCall, headers: Record<string, string>): ClientRequest => {
  const body = JSON.stringify(plan.body);
  const outgoing = request(new URL(`/v1/${plan.dialect}`, origin), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(body)),
      ...(plan.dialect.startsWith("messages") ? { "anthropic-version": "2023-06-01" } : {}),
      ...headers,
    },
  });
  outgoing.end(body);
  return outgoing;
};

/** Makes one call. It never rejects: a broken connection is an end like others. */
export const makeCall = async (
  origin: string,
  plan: PlannedCall,
  { name, headers }: { name: string; headers: Record<string, string> },
): Promise<ClientCall> => {
  const startedMs = Date.now();
  const outgoing = send(origin, plan, headers);
  let left = false;
  const leave = (): void => {
    left = true;
    outgoing.destroy();
  };
  const timer = plan.leaving?.kind === "after-ms" ? setTimeout(leave, plan.leaving.ms) : undefined;
  const response = await new Promise<IncomingMessage | undefined>((resolve) => {
    outgoing.once("response", resolve);
    outgoing.on("error", () => resolve(undefined));
  });
  const nothing = { complete: false, characters: 0, errorCode: null };
  const read = response === undefined ? nothing : await readAnswer(response, { plan, leave });
  clearTimeout(timer);
  return {
    plan,
    caller: name,
    requestId: response === undefined ? null : headerOf(response, "x-request-id"),
    status: response?.statusCode ?? null,
    costNanoUsd: response === undefined ? null : headerOf(response, "x-gateway-cost-nano-usd"),
    left,
    ...read,
    startedMs,
    endedMs: Date.now(),
  };
};
