import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { Behaviour } from "./behaviour.ts";
import type { FakeProvider } from "./fake-provider.ts";

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  const text = Buffer.concat(pieces).toString("utf8");
  return text === "" ? null : JSON.parse(text);
};

const Reached = z.object({ event: z.enum(["arrived", "ended"]), count: z.coerce.number().int() });

/** The endpoints at `/__fake/` by which another process steers a fake and reads its counts. */
export const controlFor = (fake: FakeProvider) => {
  const run = async (name: string, request: IncomingMessage, query: URLSearchParams): Promise<unknown> => {
    switch (name) {
      case "POST plan":
        fake.plan(...z.array(Behaviour).parse(await bodyOf(request)));
        return {};
      case "POST behave":
        fake.behave(Behaviour.nullable().parse(await bodyOf(request)));
        return {};
      case "POST clear":
        fake.clear();
        return {};
      case "POST release":
        fake.release();
        return {};
      case "GET calls":
        return fake.calls();
      case "GET totals":
        return fake.totals();
      case "GET requests":
        return fake.requests();
      case "GET reached": {
        const { event, count } = Reached.parse(Object.fromEntries(query));
        await fake.reached(event, count);
        return {};
      }
      default:
        return undefined;
    }
  };
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://fake");
    const name = `${request.method} ${url.pathname.slice("/__fake/".length)}`;
    const [status, body] = await run(name, request, url.searchParams).then(
      (value): [number, unknown] => (value === undefined ? [404, { error: `no control ${name}` }] : [200, value]),
      (error: unknown): [number, unknown] => [400, { error: String(error) }],
    );
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
};
