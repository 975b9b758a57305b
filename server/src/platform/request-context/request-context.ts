import { AsyncLocalStorage } from "node:async_hooks";
import type { Endpoint } from "@llm-tuner/contract/endpoint.ts";
import type { Caller } from "../http/caller.ts";

/** The request that is being answered, for records of who did what from where. Nothing decides by it what is allowed. */
export interface RequestContext {
  requestId: string;
  caller: Caller | null;
  address: string;
  userAgent: string | null;
  /** Where a library answers, which proves by itself who calls. */
  endpoint?: Endpoint;
}

const contexts = new AsyncLocalStorage<RequestContext>();

/** Runs `work`, and everything that it waits for, in the context of a request. */
export const inRequestContext = <Result>(context: RequestContext, work: () => Result): Result =>
  contexts.run(context, work);

/** Undefined in background work. */
export const currentRequest = (): RequestContext | undefined => contexts.getStore();
