import type { signInDebug, signInOptions } from "@llm-tuner/contract/external-sign-in.ts";
import type { z } from "zod";
import type { OidcClient } from "./oidc-client.ts";

type AnswerOf<Endpoint extends { responses: { 200: { schema: z.ZodType } } }> = z.infer<
  Endpoint["responses"][200]["schema"]
>;

/** What the sign-in page may offer, and what whoever sets the server up may know of the settings behind it. */
export interface SignInChoices {
  options: () => Promise<AnswerOf<typeof signInOptions>>;
  debug: () => Promise<AnswerOf<typeof signInDebug>>;
  /** Anybody may ask, since this is no place where other people are. */
  isDebugPublic: boolean;
}

interface ChoicesDependencies {
  /** Absent when no provider is configured. */
  client: OidcClient | undefined;
  providerName: string;
  redirectUri: () => string;
  isRegistrationOpen: boolean;
  isVerificationRequired: boolean;
  needsFirstAdmin: () => Promise<boolean>;
  /** Settings of sign-in by name, and whether each is set. */
  configured: () => Record<string, boolean>;
  isDebugPublic: boolean;
}

export const createSignInChoices = (dependencies: ChoicesDependencies): SignInChoices => {
  const { client, providerName, redirectUri, configured, needsFirstAdmin, isDebugPublic } = dependencies;
  return {
    isDebugPublic,
    options: async () => ({
      registration_open: dependencies.isRegistrationOpen,
      verification_required: dependencies.isVerificationRequired,
      external_provider: client === undefined ? null : { name: providerName },
      needs_first_admin: await needsFirstAdmin(),
    }),
    debug: async () => ({
      settings: configured(),
      redirect_uri: client === undefined ? null : redirectUri(),
      provider_reachable: client === undefined ? null : await client.isReachable(),
    }),
  };
};
