import { GatewayError } from "../../errors.ts";

/** 404: no film of this id for this account, or its provider has it no more. `message` is the provider's. */
export const videoNotFound = (id: string, message = `There is no video \`${id}\`.`): GatewayError =>
  new GatewayError({
    status: 404,
    code: "video_not_found",
    type: "invalid_request_error",
    message,
    retryable: false,
  });

/** 404, as OpenAI has it: the film is still being made, or failed. */
export const videoNotReady = (): GatewayError =>
  new GatewayError({
    status: 404,
    code: "video_not_ready",
    type: "invalid_request_error",
    message: "The video is not ready; GET /v1/videos/{video_id} says how far it is.",
    retryable: false,
  });

/** 400: the gateway has nowhere to remember what was ordered. */
export const noVideosHere = (): GatewayError =>
  new GatewayError({
    status: 400,
    code: "unsupported_operation",
    type: "invalid_request_error",
    message: "Videos cannot be ordered here, since nothing is stored; ask the platform itself.",
    retryable: false,
  });

/** 400: the provider has no way to do it. */
export const videoCannotBeDeleted = (provider: string): GatewayError =>
  new GatewayError({
    status: 400,
    code: "unsupported_operation",
    type: "invalid_request_error",
    message: `Its provider (${provider}) deletes no videos on demand; it does so by itself.`,
    retryable: false,
  });

/** 416: the film is shorter than the part that was asked for. */
export const rangeNotSatisfiable = (): GatewayError =>
  new GatewayError({
    status: 416,
    code: "range_not_satisfiable",
    type: "invalid_request_error",
    message: "The part that `Range` asks for is not there.",
    retryable: false,
  });
