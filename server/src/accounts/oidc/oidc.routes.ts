import { Readable } from "node:stream";
import {
  type ExternalSignInMessage,
  externalSignInScript,
  finishGoogleSignIn,
  linkGoogleSignIn,
  signInDebug,
  signInOptions,
  startGoogleSignIn,
} from "@llm-tuner/contract/external-sign-in.ts";
import { adminRequired } from "../../platform/http/http.errors.ts";
import { type Route, route } from "../../platform/http/route.ts";
import type { SessionCookies } from "../../platform/http/session-cookies.ts";
import type { IssuedTokens } from "../sessions/issued-tokens.ts";
import { sessionAnswer } from "../sessions/session-answer.ts";
import { sessionOriginOf } from "../sessions/session-origin.ts";
import type { BrowserCookie } from "./browser-cookie.ts";
import { callbackPage, popupScript } from "./callback-page.ts";
import type { ExternalSignIn, FinishedSignIn } from "./external-sign-in.usecases.ts";
import type { SignInChoices } from "./sign-in-choices.ts";

interface RouteDependencies {
  externalSignIn: ExternalSignIn;
  choices: SignInChoices;
  cookies: SessionCookies;
  browserCookie: BrowserCookie;
  publicUrl: () => string;
}

/** As the query was parsed; a parameter that stands there twice stays twice, for the client to refuse. */
const parametersOf = (query: Record<string, unknown>): URLSearchParams =>
  new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) =>
      [value].flat().map((item): [string, string] => [name, String(item)]),
    ),
  );

const codeOf = (finished: FinishedSignIn): string | null => (finished.outcome === "failed" ? finished.code : null);

/** Absolute, so that no spelling of the path can name another host. */
function redirectTarget(finished: FinishedSignIn, publicUrl: string): string {
  if (finished.outcome === "signed_in") return publicUrl + finished.returnTo;
  const code = codeOf(finished);
  const query = new URLSearchParams({ outcome: finished.outcome, ...(code === null ? {} : { code }) });
  return `${publicUrl}/sign-in?${query.toString()}`;
}

const streamOf = (text: string): Readable => Readable.from([Buffer.from(text)]);

/** Nothing here waits in a cache: it is said to one browser, once. */
const popupHeaders = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  // Otherwise the browser would cut this page off from the one that it is to tell.
  "cross-origin-opener-policy": "unsafe-none",
};

const scriptCaching = "public, max-age=3600";

export const createOidcRoutes = (dependencies: RouteDependencies): readonly Route[] => {
  const { externalSignIn, choices, cookies, browserCookie, publicUrl } = dependencies;

  const sessionCookiesOf = (tokens: IssuedTokens): string[] =>
    cookies.issue({
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token,
      expiresInSeconds: tokens.expires_in,
      sessionEndsInSeconds: tokens.sessionEndsInSeconds,
    });

  return [
    route(startGoogleSignIn, async ({ query, headers, address }) => {
      const { network } = sessionOriginOf({ address, headers });
      const { authUrl, redirectUri, browserToken } = await externalSignIn.start({
        mode: query.mode,
        returnTo: query.return_to,
        // Kept when there is one, so that sign-ins in two tabs do not end each other.
        browserToken: browserCookie.tokenOf(headers),
        network,
      });
      return {
        status: 200,
        headers: { "set-cookie": [browserCookie.set(browserToken)] },
        body: { auth_url: authUrl, redirect_uri: redirectUri },
      };
    }),

    route(finishGoogleSignIn, async ({ query, headers, address }) => {
      const finished = await externalSignIn.finish({
        parameters: parametersOf(query),
        browserToken: browserCookie.tokenOf(headers),
        origin: sessionOriginOf({ address, headers }),
      });
      const setCookie =
        finished.outcome === "signed_in" ? [...sessionCookiesOf(finished.tokens), browserCookie.clear()] : [];
      if (finished.mode === "redirect") {
        return { status: 303, headers: { location: redirectTarget(finished, publicUrl()), "set-cookie": setCookie } };
      }
      const { outcome } = finished;
      const message: ExternalSignInMessage = { type: "llm-tuner.external-sign-in", outcome, code: codeOf(finished) };
      return {
        status: 200,
        headers: { ...popupHeaders, "set-cookie": setCookie },
        body: streamOf(callbackPage(message)),
      };
    }),

    route(externalSignInScript, async () => ({
      status: 200,
      headers: { "content-type": "text/javascript; charset=utf-8", "cache-control": scriptCaching },
      body: streamOf(popupScript),
    })),

    route(linkGoogleSignIn, async ({ body, headers, address }) => {
      const tokens = await externalSignIn.link({
        password: body.password,
        browserToken: browserCookie.tokenOf(headers),
        origin: sessionOriginOf({ address, headers }),
      });
      const answer = sessionAnswer(tokens, headers, cookies);
      const setCookie = [...[answer.headers["set-cookie"] ?? []].flat(), browserCookie.clear()];
      return { status: 200, headers: { ...answer.headers, "set-cookie": setCookie }, body: answer.body };
    }),

    route(signInOptions, async () => ({ status: 200, body: await choices.options() })),

    route(signInDebug, async ({ caller }) => {
      const isAdmin = caller?.role === "admin" && caller.sessionId !== null;
      if (!isAdmin && !choices.isDebugPublic) throw adminRequired();
      return { status: 200, body: await choices.debug() };
    }),
  ];
};
