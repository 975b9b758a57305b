import type { JsonObject } from "../json.ts";
import type { OutputFormat } from "./request.ts";

/** The schema of an answer, with what its caller says of it where a provider has no other place for that. */
export const describedSchema = ({ schema, description }: Extract<OutputFormat, { type: "json-schema" }>): JsonObject =>
  description === undefined || schema["description"] !== undefined ? schema : { ...schema, description };
