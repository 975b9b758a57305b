import type { Readable } from "node:stream";
import type { IncomingHttpHeaders } from "node:http";
import type { Endpoint, EndpointResponse } from "@llm-tuner/contract/endpoint.ts";
import type { Multipart, MultipartFile } from "@fastify/multipart";
import type { z } from "zod";
import type { Caller } from "./caller.ts";

type Parsed<Schema> = Schema extends z.ZodType ? z.infer<Schema> : undefined;

/** What a handler receives: everything parsed by the endpoint's schemas. */
export interface HandlerInput<E extends Endpoint> {
  caller: E["access"] extends "public" | "optional" ? Caller | null : Caller;
  params: Parsed<E["params"]>;
  query: Parsed<E["query"]>;
  /** Absent as well where a form was sent to an endpoint that takes either. */
  body: E["multipart"] extends "or_json" ? Parsed<E["body"]> | undefined : Parsed<E["body"]>;
  headers: IncomingHttpHeaders;
  /** Of the client, behind trusted proxies only where those are configured. */
  address: string;
  requestId: string;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
  /** Parts of a multipart endpoint, each to be read to its end before the next. */
  files(): AsyncIterable<MultipartFile>;
  /** Files and fields of a form in the order in which they come; a file is to be read to its end before the next part. */
  formParts(): AsyncIterable<Multipart>;
}

type BodyOf<Response> = Response extends { contentType: string }
  ? Readable
  : Response extends { schema: infer Schema extends z.ZodType }
    ? z.input<Schema> | (Response extends { orEvents: true } ? Readable : never)
    : undefined;

/** A list is sent as that many lines, as cookies need it. */
type ReplyHeaders = Record<string, string | string[]>;

/** One of the endpoint's declared answers; a body is required exactly where the contract has one. */
export type Reply<E extends Endpoint> = {
  [Status in keyof E["responses"] & number]: BodyOf<E["responses"][Status]> extends undefined
    ? { status: Status; headers?: ReplyHeaders; body?: undefined }
    : { status: Status; headers?: ReplyHeaders; body: BodyOf<E["responses"][Status]> };
}[keyof E["responses"] & number];

export interface AnyReply {
  status: number;
  headers?: ReplyHeaders;
  body?: unknown;
}

/** An endpoint with its handler, types erased so that routes of all kinds can be listed together. */
export interface Route {
  endpoint: Endpoint & { responses: Record<number, EndpointResponse> };
  handle(input: HandlerInput<Endpoint>): Promise<AnyReply>;
}

/** Binds a handler to an endpoint; the handler is typed by the endpoint's schemas. */
export const route = <const E extends Endpoint, const R extends Reply<E>>(
  endpoint: E,
  // `R` stands for the reply so that its status keeps the literal type that selects the body's schema.
  handle: (input: HandlerInput<E>) => Promise<R>,
): Route => ({
  endpoint,
  // The HTTP adapter parses params, query and body with this endpoint's own schemas before it calls.
  handle: (input) => handle(input),
});
