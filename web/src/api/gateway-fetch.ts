import { createClientToken } from "@llm-tuner/contract/client-tokens.ts";
import { OpenAiError } from "@llm-tuner/contract/errors.ts";
import { CallError, call, parseJson } from "./call.ts";
import { currentSession } from "./session.ts";

/** Renewed this long before its end, so that a long answer begins with a token that holds. */
const renewBeforeMs = 60_000;
const lifetimeSeconds = 3600;

interface Held {
  email: string | undefined;
  made: Promise<{ token: string; renewAt: number }>;
}

/**
 * The gateway takes no cookie, so a page asks it with a client token: made by the session, ending with it, and kept in
 * memory alone, where a reload forgets it.
 */
let held: Held | undefined;

const makeToken: () => Held["made"] = async () => {
  const { client_token, expires_at } = await call(createClientToken, { body: { ttl_seconds: lifetimeSeconds } });
  return { token: client_token, renewAt: Date.parse(expires_at) - renewBeforeMs };
};

const hold = (email: string | undefined): Held => {
  const mine: Held = { email, made: makeToken() };
  mine.made.catch(() => {
    // Whoever waits for it is told; the next one tries again.
    if (held === mine) held = undefined;
  });
  held = mine;
  return mine;
};

/** The token of whoever is signed in; calls at the same time share one. */
const tokenNow = async (): Promise<string> => {
  const email = currentSession()?.email;
  const isMine = (one: Held | undefined): one is Held => one !== undefined && one.email === email;
  const present = isMine(held) ? held : hold(email);
  const { token, renewAt } = await present.made;
  if (renewAt > Date.now()) return token;
  // Another call may have made one while this one waited.
  const next = isMine(held) && held !== present ? held : hold(email);
  return (await next.made).token;
};

const fetchWith = async (token: string, path: string, init: RequestInit): Promise<Response> => {
  const headers = new Headers(init.headers);
  headers.set("authorization", `Bearer ${token}`);
  try {
    return await fetch(path, { ...init, headers, credentials: "omit" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new CallError({
      status: 0,
      code: "offline",
      message: "The platform cannot be reached. Check that it runs, then try again.",
    });
  }
};

/** The error that a refusal of the gateway stands for: its dialect is OpenAI's, and the rest is in the headers. */
const gatewayErrorOf = async (response: Response): Promise<CallError> => {
  const parsed = OpenAiError.safeParse(parseJson(await response.text()));
  const retryAfter = Number(response.headers.get("retry-after-ms") ?? Number.NaN) / 1000;
  const place = parsed.data?.error.param;
  return new CallError({
    status: response.status,
    code: parsed.data?.error.code ?? "unexpected_answer",
    message: parsed.data?.error.message ?? `The platform answered ${response.status}.`,
    details: {
      ...(Number.isNaN(retryAfter) ? {} : { retry_after_seconds: retryAfter }),
      ...(place === undefined || place === null ? {} : { places: [{ field: place }] }),
    },
    requestId: response.headers.get("x-request-id") ?? undefined,
  });
};

/** A fetch of the gateway's own routes, as whoever is signed in. Throws CallError where it cannot be reached or refuses. */
export const gatewayFetch = async (path: string, init: RequestInit): Promise<Response> => {
  const first = await fetchWith(await tokenNow(), path, init);
  let response = first;
  if (first.status === 401) {
    // It ended early, with the session that made it: the present one makes another.
    held = undefined;
    response = await fetchWith(await tokenNow(), path, init);
  }
  if (!response.ok) throw await gatewayErrorOf(response);
  return response;
};
