import { appError } from "../platform/errors.ts";

export const connectionNotFound = () =>
  appError({ code: "provider_connection_not_found", status: 404, message: "There is no connection of this id." });

export const connectionNameTaken = (name: string) =>
  appError({
    code: "provider_connection_exists",
    status: 409,
    message: `There is a connection ${name} already.`,
    details: { places: [{ field: "name" }], remedy: "Choose another name, or change the existing connection." },
  });

/** The word before the slash in `provider/model` has to mean one thing. */
export const connectionNameReserved = (name: string) =>
  appError({
    code: "provider_connection_name_reserved",
    status: 400,
    message: `The name ${name} stands for a provider of another kind.`,
    details: { places: [{ field: "name" }], remedy: "Choose another name." },
  });

export const connectionOfEnvironment = () =>
  appError({
    code: "provider_connection_of_environment",
    status: 409,
    message: "This connection comes from the settings of the server.",
    details: { remedy: "Change it there, and start the server anew." },
  });

export const baseUrlRefused = (fault: string) =>
  appError({
    code: "invalid_base_url",
    status: 400,
    message: `The base URL ${fault}.`,
    details: { places: [{ field: "base_url" }] },
  });

export const apiKeyNeeded = () =>
  appError({
    code: "api_key_needed",
    status: 400,
    message: "This provider answers nobody without an API key.",
    details: { places: [{ field: "api_key" }] },
  });

/** A stored secret goes only where it was meant to go. */
export const secretsNotCarried = (field: "api_key" | "headers") =>
  appError({
    code: "secrets_not_carried",
    status: 400,
    message: `Another server needs its own ${field === "api_key" ? "API key" : "headers"}.`,
    details: { places: [{ field }], remedy: `Enter ${field} together with the new base_url.` },
  });

export const headerRefused = (name: string, reason: string) =>
  appError({
    code: "invalid_header",
    status: 400,
    message: `The header ${name} ${reason}.`,
    details: { places: [{ field: "headers" }] },
  });

export const tooMany = (what: string, most: number) =>
  appError({
    code: "too_many",
    status: 409,
    message: `There are ${most} ${what} already, which is the most.`,
    details: { remedy: "Delete one first." },
  });

export const modelNotOnOffer = () =>
  appError({ code: "offered_model_not_found", status: 404, message: "There is no model on offer of this id." });

export const modelOnOffer = (model: string) =>
  appError({
    code: "offered_model_exists",
    status: 409,
    message: `The connection offers ${model} already.`,
    details: { places: [{ field: "model" }], remedy: "Change the existing one." },
  });

export const patternRefused = (model: string) =>
  appError({
    code: "invalid_model_pattern",
    status: 400,
    message: `In ${model} there is a * elsewhere than at the end.`,
    details: { places: [{ field: "model" }] },
  });

export const notInModelList = (model: string) =>
  appError({
    code: "model_not_listed",
    status: 400,
    message: `The provider does not list ${model}.`,
    details: { places: [{ field: "models" }], remedy: "Add it by hand if it exists all the same." },
  });

export const providerNotAsked = (message: string) =>
  appError({ code: "provider_check_failed", status: 409, message, details: { remedy: "Mend the connection first." } });

export const routeNotFound = () =>
  appError({ code: "model_route_not_found", status: 404, message: "There is no route of this id." });

export const routeNameTaken = (name: string, by: string) =>
  appError({
    code: "model_route_name_taken",
    status: 409,
    message: `The name ${name} belongs to ${by}.`,
    details: { places: [{ field: "name" }], remedy: "Choose another name." },
  });

export const routeLeadsToRoute = (model: string, field: string) =>
  appError({
    code: "model_route_to_route",
    status: 400,
    message: `${model} is the name of a route, and a route leads to models only.`,
    details: {
      places: [{ field }],
      remedy: `Name the models; a provider's model of the same name is written with its provider, such as openai/${model}.`,
    },
  });

export const unknownTarget = (model: string, field: string) =>
  appError({
    code: "model_route_target_unknown",
    status: 400,
    message: `No model ${model} is on offer, and none was tuned.`,
    details: { places: [{ field }] },
  });

/** The gateway's refusal, with its own status and words, and with its word for when to try again. */
export const refusedByGateway = (
  { status, retryAfterSeconds }: { status: number; retryAfterSeconds: number | null },
  { error }: { error: { code: string | null; message: string } },
) =>
  appError({
    code: error.code ?? "gateway_error",
    status,
    message: error.message,
    ...(retryAfterSeconds === null
      ? {}
      : {
          details: { retry_after_seconds: retryAfterSeconds },
          headers: { "retry-after": String(Math.ceil(retryAfterSeconds)) },
        }),
  });

export const responseTooLarge = (maxBytes: number) =>
  appError({
    code: "response_too_large",
    status: 413,
    message: `A conversation of more than ${Math.floor(maxBytes / 1_048_576)} MiB cannot be stored.`,
  });
