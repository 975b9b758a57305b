import {
  ProviderKind,
  createProviderConnection,
  type ProviderConnection,
  type updateProviderConnection,
} from "@llm-tuner/contract/providers.ts";
import { z } from "zod";
import type { CallInput } from "../../../api/call.ts";

const { name, api_key, headers } = createProviderConnection.body.shape;

/** What the form of a connection holds. What is empty is the provider's usual, or stays as it is. */
export const ConnectionValues = z.object({
  kind: ProviderKind,
  name,
  base_url: z.string().trim().max(300),
  api_key: z.literal("").or(api_key.unwrap()),
  /** Values of headers are never shown: they can be replaced all together, or stay. */
  replaces_headers: z.boolean(),
  headers: headers.unwrap(),
  offers_catalogue: z.boolean(),
});
export type ConnectionValues = z.infer<typeof ConnectionValues>;

export const emptyConnection: ConnectionValues = {
  kind: "openai",
  name: "openai",
  base_url: "",
  api_key: "",
  replaces_headers: true,
  headers: [],
  offers_catalogue: true,
};

export const valuesOfConnection = (connection: ProviderConnection): ConnectionValues => ({
  kind: connection.kind,
  name: connection.name,
  base_url: connection.base_url,
  api_key: "",
  replaces_headers: false,
  headers: [],
  offers_catalogue: connection.offers_catalogue,
});

const givenOf = ({ base_url, api_key }: ConnectionValues) => ({
  ...(base_url === "" ? {} : { base_url }),
  ...(api_key === "" ? {} : { api_key }),
});

export const newConnectionOf = (values: ConnectionValues): CallInput<typeof createProviderConnection>["body"] => ({
  kind: values.kind,
  name: values.name,
  ...givenOf(values),
  headers: values.headers,
  offers_catalogue: values.offers_catalogue,
});

/** The API key and the headers are named only where they are replaced. */
export const connectionChangeOf = (values: ConnectionValues): CallInput<typeof updateProviderConnection>["body"] => ({
  name: values.name,
  ...givenOf(values),
  ...(values.replaces_headers ? { headers: values.headers } : {}),
  offers_catalogue: values.offers_catalogue,
});
