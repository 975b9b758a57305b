import type { Database } from "../../platform/database/database.ts";
import { AppError } from "../../platform/errors.ts";
import type { Log } from "../../platform/log/log.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { invalidCredentials } from "../accounts.errors.ts";
import type { AuditTrail } from "../audit/audit-trail.ts";
import type { AccountMails } from "../mailed-links/account-mails.ts";
import type { MailLimits } from "../mailed-links/mail-limits.ts";
import type { PasswordProof } from "../passwords/password-proof.ts";
import { type IssuedTokens, toIssuedTokens } from "../sessions/issued-tokens.ts";
import type { SessionOrigin } from "../sessions/sessions.store.ts";
import type { SessionUsecases } from "../sessions/sessions.usecases.ts";
import type { SignInLimits } from "../sign-in-limits/sign-in-limits.ts";
import { toUser } from "../user-view.ts";
import type { UsersStore } from "../users.store.ts";
import { browserTokenMinutes, hashOf, newBrowserToken } from "./browser-cookie.ts";
import type { IdentitySignIn, SettledSignIn } from "./identity-sign-in.ts";
import { type ExternalPerson, type OidcClient, ProviderFailure } from "./oidc-client.ts";
import {
  emailNotVerifiedYet,
  externalSignInNotConfigured,
  noWaitingSignIn,
  providerUnavailable,
} from "./oidc.errors.ts";
import type { SignInRequest, SignInTransactions } from "./sign-in-transactions.ts";
import type { WaitingLinksStore } from "./waiting-links.store.ts";

/** How a sign-in with the provider ended. Codes are ours; nothing that the provider wrote is among them. */
export type ExternalSignInEnd =
  | { outcome: "signed_in"; tokens: IssuedTokens }
  | { outcome: "password_required" | "verification_sent" | "cancelled" }
  | { outcome: "failed"; code: string };

export type FinishedSignIn = ExternalSignInEnd & SignInRequest;

export interface ExternalSignIn {
  start: (
    request: SignInRequest & { browserToken: string | undefined; network: string },
  ) => Promise<{ authUrl: string; redirectUri: string; browserToken: string }>;
  finish: (callback: {
    parameters: URLSearchParams;
    browserToken: string | undefined;
    origin: SessionOrigin;
  }) => Promise<FinishedSignIn>;
  link: (linking: {
    password: string;
    browserToken: string | undefined;
    origin: SessionOrigin;
  }) => Promise<IssuedTokens>;
  deleteEnded: () => Promise<void>;
}

interface ExternalSignInDependencies {
  database: Database;
  /** Absent when no provider is configured. */
  client: OidcClient | undefined;
  redirectUri: () => string;
  transactions: SignInTransactions;
  waitingLinks: WaitingLinksStore;
  identitySignIn: IdentitySignIn;
  users: UsersStore;
  sessions: Pick<SessionUsecases, "issue">;
  passwordProof: PasswordProof;
  limits: Pick<SignInLimits, "admitRegistration">;
  mails: Pick<AccountMails, "mailVerification">;
  mailLimits: Pick<MailLimits, "admitMailbox">;
  audit: AuditTrail;
  clock: Clock;
  log: Log;
}

const maxPasswordTries = 5;

const failureCodes = {
  unreachable: "sign_in_provider_unavailable",
  refused: "sign_in_provider_refused",
  invalid: "sign_in_answer_invalid",
} as const;

const elsewhere: SignInRequest = { mode: "redirect", returnTo: "/" };

/** Whatever a library says of a failure may hold what a token is made of; its own words do not. */
const reasonOf = ({ cause }: ProviderFailure): string => (cause instanceof Error ? cause.message : String(cause));

export function createExternalSignIn(dependencies: ExternalSignInDependencies): ExternalSignIn {
  const { database, client, redirectUri, transactions, waitingLinks, identitySignIn, users } = dependencies;
  const { sessions, passwordProof, limits, mails, mailLimits, audit, clock, log } = dependencies;

  async function fail(code: string): Promise<ExternalSignInEnd> {
    await audit.note({ action: "account.external_sign_in_failed", details: { code } });
    return { outcome: "failed", code };
  }

  async function providerFailed(error: ProviderFailure): Promise<ExternalSignInEnd> {
    if (error.kind === "cancelled") return { outcome: "cancelled" };
    log.warn({ kind: error.kind, reason: reasonOf(error) }, "a sign-in with the provider failed");
    return fail(failureCodes[error.kind]);
  }

  const issue = async (signedIn: Extract<SettledSignIn, { kind: "signed_in" }>): Promise<IssuedTokens> => {
    log.info({ userId: signedIn.user.id, sessionId: signedIn.grant.id }, "signed in with the provider");
    return toIssuedTokens(toUser(signedIn.user), await sessions.issue(signedIn.grant));
  };

  /** As often as a mailbox may be written to; when it was too often, the mails of before are still there. */
  async function askToVerify({ user }: Extract<SettledSignIn, { kind: "verify_first" }>): Promise<void> {
    if (!(await mailLimits.admitMailbox("verify_email", user.email))) return;
    await database.transaction((transaction) => mails.mailVerification(transaction, user));
  }

  /** The person comes back with the password within ten minutes, in this browser. */
  async function wait(
    { user, email }: Extract<SettledSignIn, { kind: "ask_password" }>,
    { issuer, subject, emailVerified }: ExternalPerson,
    browserToken: string,
  ): Promise<void> {
    const expiresAt = new Date(clock.now().getTime() + browserTokenMinutes * 60_000);
    const browserHash = hashOf(browserToken);
    await waitingLinks.put(database, {
      browserHash,
      userId: user.id,
      issuer,
      subject,
      email,
      emailVerified,
      expiresAt,
    });
  }

  async function enter(
    person: ExternalPerson,
    browserToken: string,
    origin: SessionOrigin,
  ): Promise<ExternalSignInEnd> {
    if (await identitySignIn.wouldCreate(person)) await limits.admitRegistration(origin.network);
    const settled = await identitySignIn.settle(person, origin);
    switch (settled.kind) {
      case "signed_in":
        return { outcome: "signed_in", tokens: await issue(settled) };
      case "ask_password":
        await wait(settled, person, browserToken);
        return { outcome: "password_required" };
      case "verify_first":
        await askToVerify(settled);
        return { outcome: "verification_sent" };
      case "refuse":
        return fail(settled.code);
    }
  }

  return {
    async start({ browserToken = newBrowserToken(), network, ...request }) {
      if (client === undefined) throw externalSignInNotConfigured();
      const binding = client.newBinding();
      const open = { binding, redirectUri: redirectUri() };
      try {
        const authUrl = await client.authorizationUrl(open);
        await transactions.begin({ ...request, ...open, browserToken, network });
        return { authUrl, redirectUri: open.redirectUri, browserToken };
      } catch (error) {
        if (!(error instanceof ProviderFailure)) throw error;
        log.warn({ kind: error.kind, reason: reasonOf(error) }, "the provider of sign-in cannot be asked");
        throw providerUnavailable(error);
      }
    },

    async finish({ parameters, browserToken, origin }) {
      const [state, ...others] = parameters.getAll("state");
      const isOne = client !== undefined && state !== undefined && others.length === 0 && browserToken !== undefined;
      const open = isOne ? await transactions.take({ state, browserToken }) : undefined;
      // Which of state, browser and time did not fit is nobody's business; where it was to return to is not known then.
      if (open === undefined || !isOne) return { ...elsewhere, ...(await fail("sign_in_expired")) };
      const request = { mode: open.mode, returnTo: open.returnTo };
      try {
        const person = await client.exchange({ ...open, parameters });
        return { ...request, ...(await enter(person, browserToken, origin)) };
      } catch (error) {
        if (error instanceof ProviderFailure) return { ...request, ...(await providerFailed(error)) };
        if (error instanceof AppError) return { ...request, ...(await fail(error.code)) };
        throw error;
      }
    },

    async link({ password, browserToken, origin }) {
      if (browserToken === undefined) throw noWaitingSignIn();
      const browserHash = hashOf(browserToken);
      const waiting = await waitingLinks.countTry(database, {
        browserHash,
        at: clock.now(),
        maxTries: maxPasswordTries,
      });
      const proven = waiting === undefined ? undefined : await users.findById(database, waiting.user_id);
      if (waiting === undefined || proven === undefined) throw noWaitingSignIn();
      if (!(await passwordProof.proves({ email: proven.email, user: proven, password, origin }))) {
        await fail("invalid_credentials");
        throw invalidCredentials();
      }
      const { issuer, subject, email, email_verified: emailVerified } = waiting;
      const settled = await database.transaction(async (transaction) => {
        if ((await waitingLinks.remove(transaction, { browserHash, issuer, subject })) === 0) throw noWaitingSignIn();
        const identity = { issuer, subject, email, emailVerified };
        return identitySignIn.linkProven(transaction, { identity, proven, origin });
      });
      if (settled.kind === "signed_in") return issue(settled);
      if (settled.kind === "verify_first") await askToVerify(settled);
      throw emailNotVerifiedYet();
    },

    async deleteEnded() {
      await transactions.deleteEnded();
      await waitingLinks.deleteEnded(database, clock.now());
    },
  };
}
