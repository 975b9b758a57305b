import type { IncomingHttpHeaders } from "node:http";
import type { Behaviour } from "./behaviour.ts";
import type { JsonObject } from "./json.ts";
import type { Usage, Written } from "./usage.ts";

/** A call as a provider's code sees it. */
export interface FakeRequest {
  /** The number of the call in the journal. */
  call: number;
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** The JSON body, or the text fields of a form. */
  body: JsonObject;
  /** Set when the body was a form. */
  form: FormData | undefined;
}

export interface FakeEvent {
  /** The `event:` line. */
  name?: string;
  /** A string goes out as it is, anything else as JSON. */
  data: unknown;
  /** Output tokens that leave with it. */
  written?: Partial<Written>;
  /** The client knows the whole usage after this event. */
  reportsUsage?: boolean;
}

interface Counted {
  status?: number;
  headers?: Record<string, string>;
  usage: Usage;
}

export type Reply =
  | (Counted & { kind: "json"; body: unknown; reportsUsage: boolean })
  | (Counted & { kind: "bytes"; bytes: Uint8Array; contentType: string })
  | (Counted & { kind: "events"; events: FakeEvent[]; form: "sse" | "jsonArray" });

/** A refusal in the words of no provider; each writes it in its own. */
export class ProviderError extends Error {
  readonly status: number;
  readonly type: string | undefined;
  readonly code: string | undefined;
  readonly param: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly details: unknown;

  constructor(
    status: number,
    message: string,
    more: {
      type?: string | undefined;
      code?: string | undefined;
      param?: string;
      retryAfterSeconds?: number | undefined;
      details?: unknown;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.type = more.type;
    this.code = more.code;
    this.param = more.param;
    this.retryAfterSeconds = more.retryAfterSeconds;
    this.details = more.details;
  }
}

/** What is particular to a provider; the rest of a fake is shared. */
export interface ProviderDialect {
  name: string;
  /** Throws a ProviderError when the key is missing or wrong. */
  checkKey(request: FakeRequest, apiKey: string): void;
  /** Facts for the journal and for directives; never throws, whatever the body holds. */
  describe(request: FakeRequest): { model: string | null; stream: boolean; prompt: string };
  /** Answers, or throws a ProviderError. */
  handle(request: FakeRequest, behaviour: Behaviour): Reply;
  /** Headers that every answer bears. */
  headers(request: FakeRequest, error: ProviderError | undefined): Record<string, string>;
  errorBody(error: ProviderError, request: FakeRequest): unknown;
  /** An error in a stream that has begun. */
  errorEvent(error: ProviderError, request: FakeRequest): FakeEvent;
}

/** The header of a wait, for the providers that send one. */
export const retryAfter = (error: ProviderError | undefined): Record<string, string> =>
  error?.retryAfterSeconds === undefined ? {} : { "retry-after": String(error.retryAfterSeconds) };
