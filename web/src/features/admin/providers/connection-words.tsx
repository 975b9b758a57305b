import type { ConnectionCheck, ProviderConnection } from "@llm-tuner/contract/providers.ts";
import { Status } from "../../../ui/status.tsx";
import { environmentNameOf } from "./provider-kinds.ts";

export const problemWords: Readonly<Record<NonNullable<ConnectionCheck["problem"]>, string>> = {
  no_api_key: "No API key",
  wrong_api_key: "Wrong API key",
  forbidden: "Not allowed",
  unreachable: "Not reachable",
  timed_out: "No answer in time",
  not_this_dialect: "Another kind of server",
  failed: "The provider failed",
};

export const ConnectionStatus = ({ connection }: { connection: ProviderConnection }) => {
  if (!connection.enabled) return <Status tone="danger">Disabled</Status>;
  return connection.api_key_last4 === null && connection.kind !== "openai-compatible" ? (
    <Status tone="warning">No API key</Status>
  ) : (
    <Status tone="success">Enabled</Status>
  );
};

export const KeyEnd = ({ connection: { api_key_last4 } }: { connection: ProviderConnection }) =>
  api_key_last4 === null ? <span className="text-faint">None</span> : `…${api_key_last4}`;

/** Where a connection comes from, and so where it is changed. */
export const sourceText = ({ source, kind }: ProviderConnection): string =>
  source === "stored" ? "These pages" : `Environment (${environmentNameOf(kind)})`;
