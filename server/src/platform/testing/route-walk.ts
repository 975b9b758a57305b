import type { Endpoint, Scope } from "@llm-tuner/contract/endpoint.ts";
import { idPrefixes } from "@llm-tuner/contract/ids.ts";
import type { FastifyInstance } from "fastify";

export interface RouteWalk {
  app: FastifyInstance;
  endpoints: readonly Endpoint[];
  /** Operation ids of the endpoints that anybody may call, listed by hand. */
  publicIds: ReadonlySet<string>;
  /** Operation ids of the endpoints that also work without credentials, listed by hand. */
  optionalIds: ReadonlySet<string>;
  /** Headers of an API key that has every scope but this one. */
  keyWithout(scope: Scope): Record<string, string>;
  /** Headers of a signed-in person who owns nothing. */
  session: Record<string, string>;
  /** Headers of a signed-in administrator. */
  admin: Record<string, string>;
}

const nobodys = "0".repeat(22);
/** Well-formed ids of things that do not exist, of every kind. */
const unknownIds = [
  ...Object.values(idPrefixes).map((prefix) => prefix + nobodys),
  "llm-tune-nobody-starter-20260101-000000-local",
  "no-such-model",
];

/** The parameters by which the endpoint asks for something that nobody has. */
function unknownParams({ params }: Endpoint): Record<string, string> {
  const names = Object.keys(params?.shape ?? {});
  for (const id of unknownIds) {
    // A page is a number; every other parameter says which thing is meant.
    const candidate = Object.fromEntries(names.map((name) => [name, name === "page" ? "1" : id]));
    if (params === undefined || params.safeParse(candidate).success) return candidate;
  }
  throw new Error(`no well-formed parameters are known for ${names.join(", ")}`);
}

/** Where the endpoint is asked for something that nobody has. */
export const addressOf = (endpoint: Endpoint): string =>
  Object.entries(unknownParams(endpoint)).reduce((path, [name, id]) => path.replace(`{${name}}`, id), endpoint.path);

const hasResponseSchema = ({ responses }: Endpoint): boolean =>
  Object.entries(responses).every(
    ([status, { schema, contentType }]) =>
      schema !== undefined || contentType !== undefined || ["204", "303", "416"].includes(status),
  );

const asksOnlyForAThing = (endpoint: Endpoint): boolean =>
  endpoint.params !== undefined && endpoint.body === undefined && endpoint.multipart !== true;

/**
 * What is wrong with the endpoints of an application, one line each: a call without credentials that is not refused, a
 * key without the scope or a person without the role that gets through, somebody's thing that is not a 404, a missing schema or scope.
 */
export async function findRouteFaults({
  app,
  endpoints,
  publicIds,
  optionalIds,
  keyWithout,
  session,
  admin,
}: RouteWalk): Promise<string[]> {
  const faults: string[] = [];
  const expectStatus = async (endpoint: Endpoint, status: number, headers: Record<string, string>) => {
    const answer = await app.inject({ method: endpoint.method, url: addressOf(endpoint), headers });
    if (answer.statusCode !== status)
      faults.push(`${endpoint.id} answered ${answer.statusCode} instead of ${status}: ${answer.body}`);
  };
  for (const endpoint of endpoints) {
    if (!hasResponseSchema(endpoint)) faults.push(`${endpoint.id} has an answer without a schema`);
    const takesKeys = endpoint.access === "caller" || endpoint.access === "optional";
    if (takesKeys !== (endpoint.scope !== undefined)) faults.push(`${endpoint.id} has no scope, or one without a use`);
    if ((endpoint.access === "public") !== publicIds.has(endpoint.id))
      faults.push(`${endpoint.id} is public or not, against the list`);
    if ((endpoint.access === "optional") !== optionalIds.has(endpoint.id))
      faults.push(`${endpoint.id} works without credentials or not, against the list`);
    const isOpen = endpoint.access === "public" || endpoint.access === "optional";
    if (!isOpen) await expectStatus(endpoint, 401, {});
    if (endpoint.access === "optional") await expectStatus(endpoint, 401, { authorization: "Bearer wrong" });
    if (endpoint.scope !== undefined) await expectStatus(endpoint, 403, keyWithout(endpoint.scope));
    if (endpoint.access === "session" || endpoint.access === "admin")
      await expectStatus(endpoint, 403, keyWithout("chat"));
    if (endpoint.access === "admin") await expectStatus(endpoint, 403, session);
    if (endpoint.access === "optional" && asksOnlyForAThing(endpoint)) await expectStatus(endpoint, 404, {});
    if (endpoint.access !== "public" && asksOnlyForAThing(endpoint))
      await expectStatus(endpoint, 404, endpoint.access === "admin" ? admin : session);
  }
  return faults;
}
