import { GatewayError } from "../errors.ts";

/** 400: the request holds something that its provider has no word for, and the caller asked to be told so. */
export const unsupportedParameter = (field: string, why: string): GatewayError =>
  new GatewayError({
    status: 400,
    code: "unsupported_parameter",
    type: "invalid_request_error",
    message: `\`${field}\` cannot be carried to the provider of this model: ${why}.`,
    param: field,
    retryable: false,
  });

const maxWarnings = 20;
/** Of a field's name in a header, which proxies do not take at any length. */
const maxFieldLength = 120;

const shortened = (field: string): string =>
  field.length <= maxFieldLength ? field : `${field.slice(0, maxFieldLength)}...`;

/**
 * What a translation could not carry. Each loss is either refused, when the caller is strict, or told in the header
 * `x-gateway-warnings`; none is silent.
 */
export class TranslationNotes {
  readonly #strict: boolean;
  readonly #warnings: string[] = [];
  #more = 0;

  constructor({ strict }: { strict: boolean }) {
    this.#strict = strict;
  }

  /** The field was left out, or changed as `why` says. Throws a 400 for a strict caller. */
  lost(field: string, why: string): void {
    if (this.#strict) throw unsupportedParameter(field, why);
    if (this.#warnings.length < maxWarnings) this.#warnings.push(`${shortened(field)}: ${why}`);
    else this.#more += 1;
  }

  /** What the request means without this cannot be guessed: refused for every caller. */
  refuse(field: string, why: string): never {
    throw unsupportedParameter(field, why);
  }

  /** The header `x-gateway-warnings`: entries `field: why`, separated by `; `. Undefined when nothing was lost. */
  header(): string | undefined {
    if (this.#warnings.length === 0) return undefined;
    const entries = this.#more === 0 ? this.#warnings : [...this.#warnings, `and ${this.#more} more`];
    // Field names come from the caller: only visible ASCII may stand in a header.
    return entries.join("; ").replaceAll(/[^\x20-\x7e]/g, "?");
  }
}
