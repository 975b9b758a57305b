import type { WebHandler } from "../hosts/web.ts";
import type { Satellite } from "./satellite.ts";

const functions = ["openaiGenerate", "anthropicGenerate", "listProviders"] as const;

/** All functions behind one address, as a project with several functions has them: the first part of the path names one. */
export const routeFunctions =
  (satellite: Satellite): WebHandler =>
  (request, context) => {
    const url = new URL(request.url);
    const [, first = "", ...rest] = url.pathname.split("/");
    const name = functions.find((known) => known === first);
    if (name === undefined) return satellite.gateway(request, context);
    url.pathname = `/${rest.join("/")}`;
    return satellite[name](new Request(url, request), context);
  };
