import type { ConnectionCheck } from "@llm-tuner/contract/providers.ts";
import type { Connection } from "./connection.ts";
import { hasNeededKey, requestHeadersOf } from "./connection.ts";
import { type ListedByProvider, modelListOf, modelListPath } from "./model-list.ts";

type Problem = NonNullable<ConnectionCheck["problem"]>;

/** What the provider's model list said, or why there is none, in words. */
export type AskedModels = { models: ListedByProvider[] } | { problem: Problem; message: string };

export interface AskModelsLimits {
  timeoutMs: number;
  maxBytes: number;
}

const usualLimits: AskModelsLimits = { timeoutMs: 10_000, maxBytes: 8_388_608 };

const failed = (problem: Problem, message: string): AskedModels => ({ problem, message });

/** The system's word for what went wrong, such as ECONNREFUSED; fetch hides it in the cause. */
const causeOf = (error: unknown): string | undefined => {
  if (!(error instanceof Error) || !(error.cause instanceof Error)) return undefined;
  return "code" in error.cause && typeof error.cause.code === "string" ? error.cause.code : undefined;
};

function unreachable(error: unknown, { baseUrl }: Connection, timeoutMs: number): AskedModels {
  if (error instanceof Error && error.name === "TimeoutError") {
    return failed("timed_out", `${baseUrl} did not answer within ${timeoutMs / 1000} seconds.`);
  }
  const cause = causeOf(error);
  const reason = cause === undefined ? "" : ` (${cause})`;
  return failed("unreachable", `${baseUrl} cannot be reached${reason}. Look at the address, and at whether it is up.`);
}

/** Undefined when the answer has more bytes than are read. */
async function readText(response: Response, maxBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop ends the answer.
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

const wrongKey = "The provider does not accept the API key. Enter the one that its console shows, whole.";

/** Google answers a wrong key with 400 and says so in the body only. */
const saysWrongKey = (status: number, text: string): boolean =>
  status === 401 || (status === 400 && /API_KEY_INVALID|API key not valid/.test(text));

/** The provider's own words are left out: some repeat parts of the key. */
function refused(status: number, text: string, { kind }: Connection): AskedModels {
  if (saysWrongKey(status, text)) return failed("wrong_api_key", wrongKey);
  if (status === 403) {
    return failed(
      "forbidden",
      "The provider knows the API key and forbids it to list models: look at its permissions.",
    );
  }
  if (status === 404 || status === 405 || (status >= 300 && status < 400)) {
    return failed(
      "not_this_dialect",
      `The server answered ${status} where a server of the kind ${kind} lists its models. Look at the address and the kind.`,
    );
  }
  return failed("failed", `The provider answered with status ${status}. Try again later, or look at its status page.`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Asks a provider which models it has, within limits of time and size. Never throws. */
export async function askModels(connection: Connection, limits: AskModelsLimits = usualLimits): Promise<AskedModels> {
  const { kind, baseUrl } = connection;
  if (!hasNeededKey(connection)) return failed("no_api_key", "There is no API key. Enter one.");
  try {
    const response = await fetch(baseUrl + modelListPath(kind), {
      headers: { accept: "application/json", ...requestHeadersOf(connection) },
      // The API key must not travel to wherever a server points.
      redirect: "manual",
      // Also ends a body that comes drop by drop.
      signal: AbortSignal.timeout(limits.timeoutMs),
    });
    const text = await readText(response, limits.maxBytes);
    if (!response.ok) return refused(response.status, text ?? "", connection);
    const models = text === undefined ? undefined : modelListOf(kind, parsed(text));
    return models === undefined
      ? failed("not_this_dialect", `The server answered, but not with a model list of the kind ${kind}. Look at both.`)
      : { models };
  } catch (error) {
    return unreachable(error, connection, limits.timeoutMs);
  }
}
