import type { WebContext, WebHandler } from "./web.ts";

/** What Cloudflare Workers call. */
export interface WorkerModule<Environment> {
  fetch(request: Request, environment: Environment, context: WebContext): Promise<Response>;
}

/** A worker whose handler is made once for an instance, of the settings that come with its first request. */
export const toWorker = <Environment>(
  createHandler: (environment: Environment) => WebHandler,
): WorkerModule<Environment> => {
  let handler: WebHandler | undefined;
  return {
    fetch(request, environment, context) {
      handler ??= createHandler(environment);
      return handler(request, { waitUntil: (promise) => context.waitUntil?.(promise) });
    },
  };
};
