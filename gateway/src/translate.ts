import { GatewayError } from "./errors.ts";
import type { Adapter } from "./ports.ts";
import { anthropic } from "./providers/anthropic/provider.ts";
import { gemini } from "./providers/gemini/provider.ts";
import { openAi } from "./providers/openai/provider.ts";
import { openAiCompatible } from "./providers/openai-compatible/provider.ts";
import type { Provider, Translation, TranslationArgs } from "./providers/provider.ts";
import { translateGeneration } from "./translate-generation.ts";
import { generationDialects } from "./receive/dialects.ts";

const providers: Readonly<Record<Adapter, Provider>> = {
  openai: openAi,
  "openai-compatible": openAiCompatible,
  anthropic,
  gemini,
};

/** 400: the provider of the model has nothing like the operation. */
const unsupportedOperation = ({ call, route }: TranslationArgs): GatewayError =>
  new GatewayError({
    status: 400,
    code: "unsupported_operation",
    type: "invalid_request_error",
    message: `The model \`${call.model}\` cannot be used with /v1/${call.endpoint}: its provider (${route.provider}) has no such operation.`,
    param: "model",
    retryable: false,
  });

/** The format of a route's provider. */
export const providerOf = (adapter: Adapter): Provider => providers[adapter];

/**
 * What a call becomes at its provider: forwarded where the provider speaks the caller's dialect, translated by way of the
 * neutral form otherwise. Throws a 400 when it cannot be carried there.
 */
export const translationOf = (provider: Provider, args: TranslationArgs): Translation => {
  const { endpoint } = args.call;
  const own = provider.operations[endpoint];
  if (own !== undefined) return own(args);
  const dialect = generationDialects[endpoint];
  if (dialect === undefined || provider.generation === undefined) throw unsupportedOperation(args);
  return translateGeneration(dialect, provider.generation, args);
};
