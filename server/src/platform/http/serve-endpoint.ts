import { Readable } from "node:stream";
import type { Endpoint } from "@llm-tuner/contract/endpoint.ts";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import { inRequestContext } from "../request-context/request-context.ts";
import type { Caller } from "./caller.ts";
import { invalidPart, invalidRequest, unsupportedMediaType } from "./http.errors.ts";
import { refuseUnstorable, storableParts } from "./refuse-unstorable.ts";
import type { AnyReply, HandlerInput, Route } from "./route.ts";

const parsePart = (part: "path" | "query" | "body", schema: z.ZodType | undefined, value: unknown): unknown => {
  if (schema === undefined) return undefined;
  refuseUnstorable(value, schema);
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalidPart(part, parsed.error.issues);
  return parsed.data;
};

const isEmpty = (body: unknown): boolean =>
  body === undefined || body === null || (typeof body === "object" && Object.keys(body).length === 0);

function parseRequest(endpoint: Endpoint, request: FastifyRequest): { params: unknown; query: unknown; body: unknown } {
  if (endpoint.multipart === true && !request.isMultipart()) throw unsupportedMediaType("multipart/form-data");
  const takesForm = endpoint.multipart === true || endpoint.multipart === "or_json";
  if (!takesForm && request.isMultipart()) throw unsupportedMediaType("application/json");
  if (endpoint.body === undefined && !takesForm && !isEmpty(request.body)) {
    throw invalidRequest({ message: "This call takes no body." });
  }
  const { query } = endpoint;
  if (query === undefined && !isEmpty(request.query)) {
    const [name = ""] = Object.keys(Object(request.query));
    throw invalidRequest({
      message: `The query of the request is not valid: ${name} is not a known field`,
      places: [{ field: name }],
    });
  }
  return {
    params: parsePart("path", endpoint.params, request.params),
    query: parsePart("query", query, request.query),
    body: request.isMultipart() ? undefined : parsePart("body", endpoint.body, request.body),
  };
}

/** Aborted when the connection ends before the answer does. */
function signalOf(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) gone.abort(new Error("the client went away"));
  });
  return gone.signal;
}

const eventStreamType = "text/event-stream";

function sendBody(endpoint: Endpoint, { status, headers = {}, body }: AnyReply, reply: FastifyReply): unknown {
  const declared = endpoint.responses[status];
  if (declared === undefined) throw new Error(`${endpoint.id} answered ${status}, which its contract does not have`);
  void reply.code(status).headers(headers);
  const contentType =
    declared.contentType ?? (declared.orEvents === true && body instanceof Readable ? eventStreamType : undefined);
  if (contentType !== undefined) {
    if (!(body instanceof Readable)) throw new Error(`${endpoint.id} must answer ${status} with a stream`);
    if (!reply.hasHeader("content-type")) void reply.type(contentType);
    // Nginx would otherwise hold back events to fill its buffers.
    if (contentType === eventStreamType) void reply.header("x-accel-buffering", "no");
    return reply.send(body);
  }
  if (declared.schema === undefined) return reply.send();
  const parsed = declared.schema.safeParse(body);
  // Better no answer than one with a field too many: what is not in the contract may be a secret.
  if (!parsed.success)
    throw new Error(`${endpoint.id} answered something that its contract does not have`, { cause: parsed.error });
  return reply.type("application/json; charset=utf-8").send(JSON.stringify(parsed.data));
}

interface ServedCall {
  route: Route;
  request: FastifyRequest;
  reply: FastifyReply;
  caller: Caller | null;
  /** Ends when the server stops; given to streams that would go on for ever. */
  closing: AbortSignal;
}

const isEventStream = (endpoint: Endpoint): boolean =>
  Object.values(endpoint.responses).some(({ contentType }) => contentType === eventStreamType);

/** Parses the request by the endpoint's schemas, lets the handler answer, and sends what the contract allows. */
export async function serveEndpoint({ route, request, reply, caller, closing }: ServedCall): Promise<unknown> {
  const { endpoint } = route;
  const { params, query, body } = parseRequest(endpoint, request);
  const clientGone = signalOf(reply);
  const input = {
    caller,
    params,
    query,
    body,
    headers: request.headers,
    address: request.ip,
    requestId: request.id,
    signal: isEventStream(endpoint) ? AbortSignal.any([clientGone, closing]) : clientGone,
    files: () => request.files(),
    formParts: () => storableParts(request.parts()),
  };
  // Each part was parsed by this endpoint's own schema, which is what the handler's type is derived from; the route
  // list has erased that type.
  const answer = await inRequestContext(
    {
      requestId: request.id,
      caller,
      address: request.ip,
      userAgent: request.headers["user-agent"] ?? null,
    },
    () => route.handle(input as HandlerInput<Endpoint>),
  );
  return sendBody(endpoint, answer, reply);
}
