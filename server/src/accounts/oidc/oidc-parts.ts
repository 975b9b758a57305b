import type { SettingsOf } from "../../platform/config/setting.ts";
import type { Envelope } from "../../platform/crypto/envelope.ts";
import type { Database } from "../../platform/database/database.ts";
import { createSessionCookies } from "../../platform/http/session-cookies.ts";
import type { Route } from "../../platform/http/route.ts";
import type { Log } from "../../platform/log/log.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { AuditTrail } from "../audit/audit-trail.ts";
import type { AccountMails } from "../mailed-links/account-mails.ts";
import type { MailLimits } from "../mailed-links/mail-limits.ts";
import type { PasswordProof } from "../passwords/password-proof.ts";
import type { SessionUsecases } from "../sessions/sessions.usecases.ts";
import type { SignInLimits } from "../sign-in-limits/sign-in-limits.ts";
import type { UsersStore } from "../users.store.ts";
import { createBrowserCookie } from "./browser-cookie.ts";
import { createExternalSignIn } from "./external-sign-in.usecases.ts";
import { identitiesStore } from "./identities.store.ts";
import { createIdentitySignIn } from "./identity-sign-in.ts";
import { createOauth4webapiClient } from "./oauth4webapi-client.ts";
import type { OidcClient } from "./oidc-client.ts";
import type { oidcSettings } from "./oidc.config.ts";
import { createOidcRoutes } from "./oidc.routes.ts";
import type { ProviderLimits } from "./provider-fetch.ts";
import { createSignInChoices } from "./sign-in-choices.ts";
import { createSignInTransactions } from "./sign-in-transactions.ts";
import { signInTransactionsStore } from "./sign-in-transactions.store.ts";
import { waitingLinksStore } from "./waiting-links.store.ts";

/** What is known of the settings of the whole server. */
export interface Installation {
  isProduction: boolean;
  /** Settings of other parts, on which sign-in depends, by name: whether they are set. */
  configured: Readonly<Record<string, boolean>>;
}

interface OidcPartsDependencies {
  database: Database;
  clock: Clock;
  log: Log;
  config: SettingsOf<typeof oidcSettings>;
  rules: { isRegistrationOpen: boolean; isVerificationRequired: boolean };
  publicUrl: () => string;
  envelope: Envelope;
  users: UsersStore;
  sessions: SessionUsecases;
  passwordProof: PasswordProof;
  limits: SignInLimits;
  audit: AuditTrail;
  mails: AccountMails;
  mailLimits: MailLimits;
  needsFirstAdmin: () => Promise<boolean>;
  /** Taken for a closed one when it is absent. */
  installation: Installation | undefined;
  providerLimits?: ProviderLimits;
}

export interface OidcParts {
  routes: readonly Route[];
  deleteEnded: () => Promise<void>;
}

function createClient({ config, clock, providerLimits }: OidcPartsDependencies): OidcClient | undefined {
  const {
    oidcIssuer: issuer,
    oidcClientId: clientId,
    oidcClientSecret: clientSecret,
    oidcAllowHttp: allowHttp,
  } = config;
  if (clientId === undefined || clientSecret === undefined) return undefined;
  const limits = providerLimits === undefined ? {} : { limits: providerLimits };
  return createOauth4webapiClient({ issuer, clientId, clientSecret, allowHttp, clock, ...limits });
}

/** Sign-in with Google or another OpenID Connect provider, put together. */
export function createOidcParts(dependencies: OidcPartsDependencies): OidcParts {
  const { config, rules, publicUrl, installation, ...others } = dependencies;
  const { database, clock, envelope } = others;
  const client = createClient(dependencies);
  const redirectUri = () => publicUrl() + config.oidcRedirectPath;
  const externalSignIn = createExternalSignIn({
    ...others,
    client,
    redirectUri,
    transactions: createSignInTransactions({ database, clock, envelope, store: signInTransactionsStore }),
    waitingLinks: waitingLinksStore,
    identitySignIn: createIdentitySignIn({ ...others, identities: identitiesStore, rules }),
  });
  const choices = createSignInChoices({
    ...others,
    ...rules,
    client,
    redirectUri,
    providerName: config.oidcName,
    configured: () => ({
      OIDC_CLIENT_ID: config.oidcClientId !== undefined,
      OIDC_CLIENT_SECRET: config.oidcClientSecret !== undefined,
      ...installation?.configured,
    }),
    isDebugPublic: installation?.isProduction === false,
  });
  const browserCookie = createBrowserCookie(publicUrl);
  const cookies = createSessionCookies(publicUrl);
  return {
    routes: createOidcRoutes({ externalSignIn, choices, cookies, browserCookie, publicUrl }),
    deleteEnded: externalSignIn.deleteEnded,
  };
}
