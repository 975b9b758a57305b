import { ExternalSignInMessage } from "@llm-tuner/contract/external-sign-in.ts";

/** Name of the channel on which the popup speaks when the provider's page has cut it off from its opener. */
export const externalSignInChannel = "llm-tuner.external-sign-in";

interface Heard {
  origin: string;
  source: unknown;
  data: unknown;
}

/** What the popup said. Undefined for whatever came from another origin, another window, or in another shape. */
export const messageFrom = (
  { origin, source, data }: Heard,
  expected: { origin: string; source: unknown },
): ExternalSignInMessage | undefined =>
  origin === expected.origin && source === expected.source ? ExternalSignInMessage.safeParse(data).data : undefined;

/** What a redirect carried back in the query; null parts where it carried nothing. */
export const messageInQuery = (search: string): ExternalSignInMessage | undefined => {
  const query = new URLSearchParams(search);
  return ExternalSignInMessage.safeParse({
    type: "llm-tuner.external-sign-in",
    outcome: query.get("outcome"),
    code: query.get("code"),
  }).data;
};
