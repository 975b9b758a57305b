import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";

/** What the provider says of somebody. */
export interface FakePerson {
  sub: string;
  email?: string;
  email_verified?: unknown;
  name?: string;
  picture?: string;
}

/** Ways in which the answer to a code may be false; `null` is an honest one. */
export type TokenFault =
  | "wrong nonce"
  | "no nonce"
  | "wrong signature"
  | "alg none"
  | "signed with the client's secret"
  | "wrong aud"
  | "several aud without azp"
  | "wrong azp"
  | "wrong iss claim"
  | "expired"
  | "no subject"
  | "no ID token"
  | "unknown kid"
  | "redirect"
  | "giant"
  | "endless"
  | "error"
  | "not JSON"
  | null;

interface Misbehaviour {
  fault: TokenFault;
  /** Of the discovery document; null for the true one. */
  claimedIssuer: string | null;
  isDown: boolean;
  announcesIssParameter: boolean;
  claimsOnlyInUserinfo: boolean;
  /** Whom it speaks of when it is asked; null for who signed in. */
  userinfoSubject: string | null;
  asked: { discovery: number; token: number; keys: number; elsewhere: number };
  refusedVerifiers: number;
}

interface Grant {
  person: FakePerson;
  nonce: string;
  challenge: string;
  redirectUri: string;
}

const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
};

async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

/** RFC 6749: id and secret are form-encoded before they are joined. */
function isBasicOf(header: string | undefined, client: { id: string; secret: string }): boolean {
  const text = Buffer.from(header?.replace(/^Basic /, "") ?? "", "base64").toString();
  const [id, secret] = text.split(":").map((part) => decodeURIComponent(part.replaceAll("+", " ")));
  return id === client.id && secret === client.secret;
}

async function newKey() {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const kid = randomBytes(6).toString("hex");
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" } };
}

/** A provider that keeps to the standard until it is told how not to. Counts what it is asked. */
export async function startFakeProvider() {
  const client = { id: "llm-tuner-test", secret: "a secret of the test that is long enough for HMAC" };
  const key = { current: await newKey(), foreign: await newKey() };
  const state: Misbehaviour = {
    fault: null,
    claimedIssuer: null,
    isDown: false,
    announcesIssParameter: true,
    claimsOnlyInUserinfo: false,
    userinfoSubject: null,
    asked: { discovery: 0, token: 0, keys: 0, elsewhere: 0 },
    refusedVerifiers: 0,
  };
  const grants = new Map<string, Grant>();
  let issuer = "";

  function claimsOf({ person, nonce }: Grant): JWTPayload {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const said = state.claimsOnlyInUserinfo ? { sub: person.sub } : { ...person };
    const base = { ...said, iss: issuer, aud: client.id, nonce, iat: nowSeconds, exp: nowSeconds + 300 };
    const other: Partial<Record<NonNullable<TokenFault>, JWTPayload>> = {
      "wrong nonce": { nonce: "another" },
      "wrong aud": { aud: "another-client" },
      "several aud without azp": { aud: [client.id, "another-client"] },
      "wrong azp": { aud: [client.id, "another-client"], azp: "another-client" },
      "wrong iss claim": { iss: "https://accounts.example.org" },
      expired: { iat: nowSeconds - 900, exp: nowSeconds - 600 },
    };
    const claims: JWTPayload = { ...base, ...(state.fault === null ? {} : other[state.fault]) };
    if (state.fault === "no nonce") delete claims["nonce"];
    if (state.fault === "no subject") delete claims.sub;
    return claims;
  }

  async function idTokenOf(grant: Grant): Promise<string> {
    const claims = claimsOf(grant);
    if (state.fault === "alg none") return new UnsecuredJWT(claims).encode();
    if (state.fault === "signed with the client's secret") {
      return new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(Buffer.from(client.secret));
    }
    const { kid } = state.fault === "unknown kid" ? key.foreign : key.current;
    const forged = state.fault === "wrong signature" || state.fault === "unknown kid";
    const { privateKey } = forged ? key.foreign : key.current;
    return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid }).sign(privateKey);
  }

  const badAnswers: Partial<Record<NonNullable<TokenFault>, (response: ServerResponse) => void>> = {
    redirect: (response) => response.writeHead(307, { location: `${issuer}/elsewhere` }).end(),
    giant: (response) => json(response, 200, { access_token: "x".repeat(3_000_000), token_type: "Bearer" }),
    endless: (response) => response.writeHead(200, { "content-type": "application/json" }).write("{"),
    error: (response) => json(response, 400, { error: "invalid_grant", error_description: "<script>evil</script>" }),
    "not JSON": (response) => response.writeHead(200, { "content-type": "text/html" }).end("<html></html>"),
  };

  async function answerToken(request: IncomingMessage, response: ServerResponse): Promise<void> {
    state.asked.token += 1;
    const body = await bodyOf(request);
    const answerBadly = state.fault === null ? undefined : badAnswers[state.fault];
    if (answerBadly !== undefined) {
      answerBadly(response);
      return;
    }
    const code = body.get("code") ?? "";
    const grant = grants.get(code);
    grants.delete(code);
    const isClient = isBasicOf(request.headers.authorization, client);
    const verifier = body.get("code_verifier") ?? "";
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    if (grant !== undefined && challenge !== grant.challenge) state.refusedVerifiers += 1;
    if (!isClient || grant?.challenge !== challenge || grant.redirectUri !== body.get("redirect_uri")) {
      json(response, 400, { error: "invalid_grant" });
      return;
    }
    const accessToken = `access-${code}`;
    grants.set(accessToken, grant);
    const idToken = state.fault === "no ID token" ? {} : { id_token: await idTokenOf(grant) };
    json(response, 200, { access_token: accessToken, token_type: "Bearer", expires_in: 60, ...idToken });
  }

  const discovery = () => ({
    issuer: state.claimedIssuer ?? issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/jwks`,
    id_token_signing_alg_values_supported: ["RS256", "HS256", "none"],
    authorization_response_iss_parameter_supported: state.announcesIssParameter,
  });

  const endpoints: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
    "/.well-known/openid-configuration": (_request, response) => {
      state.asked.discovery += 1;
      json(response, 200, discovery());
    },
    "/jwks": (_request, response) => {
      state.asked.keys += 1;
      json(response, 200, { keys: [key.current.jwk] });
    },
    "/token": answerToken,
    "/userinfo": (request, response) => {
      const grant = grants.get(request.headers.authorization?.replace(/^Bearer /, "") ?? "");
      const { person } = grant ?? { person: { sub: "nobody" } };
      json(response, 200, { ...person, sub: state.userinfoSubject ?? person.sub });
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (state.isDown) {
      request.socket.destroy();
      return;
    }
    const endpoint = endpoints[request.url ?? ""];
    if (endpoint !== undefined) {
      await endpoint(request, response);
      return;
    }
    state.asked.elsewhere += 1;
    json(response, 200, { access_token: "stolen", token_type: "Bearer" });
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  // The server listens on a TCP port, so its address is not a pipe's name.
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    issuer,
    client,
    state,
    /** The person signs in and agrees; what the browser is sent back with. */
    agree(authUrl: string, person: FakePerson): URLSearchParams {
      const asked = new URL(authUrl).searchParams;
      const code = randomBytes(12).toString("hex");
      const of = (name: string) => asked.get(name) ?? "";
      const grant = { nonce: of("nonce"), challenge: of("code_challenge"), redirectUri: of("redirect_uri") };
      grants.set(code, { ...grant, person });
      return new URLSearchParams({ code, state: of("state"), iss: issuer });
    },
    async rotateKeys() {
      key.current = await newKey();
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
