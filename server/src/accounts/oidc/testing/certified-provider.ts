import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair } from "jose";
import { Provider } from "oidc-provider";
import { z } from "zod";
import type { FakePerson } from "./fake-provider.ts";

const newKeys = async () => {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { keys: [{ ...jwk, kid: randomBytes(6).toString("hex"), alg: "RS256", use: "sig" }] };
};

const formAction = /<form[^>]* action="([^"]+)"/;
const promptField = /name="prompt" value="(\w+)"/;

/**
 * A provider that nobody here wrote: `oidc-provider`, which is certified by the OpenID Foundation. It insists on PKCE,
 * keeps claims out of ID tokens, and announces the `iss` parameter.
 */
export async function startCertifiedProvider(redirectUris: string[], { isolatesPages = false } = {}) {
  const client = { id: "llm-tuner-test", secret: "a-secret:of the test/which needs encoding" };
  const people = new Map<string, FakePerson>();
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  // The server listens on a TCP port, so its address is not a pipe's name.
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const newProvider = async () =>
    new Provider(issuer, {
      clients: [
        {
          client_id: client.id,
          client_secret: client.secret,
          redirect_uris: redirectUris,
          // Redirect URIs of this machine without TLS are for native clients only.
          application_type: redirectUris.every((uri) => uri.startsWith("https:")) ? "web" : "native",
          grant_types: ["authorization_code"],
          response_types: ["code"],
        },
      ],
      jwks: await newKeys(),
      cookies: { keys: [randomBytes(16).toString("hex")] },
      pkce: { required: () => true },
      claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "picture"] },
      findAccount: (_context, id) => {
        const said = z.record(z.string(), z.json()).parse(people.get(id) ?? {});
        return { accountId: id, claims: async () => ({ ...said, sub: id }) };
      },
    });
  let answer = (await newProvider()).callback();
  server.on("request", (request, response) => {
    // Some providers cut their pages off from whoever opened them.
    if (isolatesPages) response.setHeader("cross-origin-opener-policy", "same-origin");
    void answer(request, response);
  });

  /** Does what a person does on the provider's pages, by their forms, and stops at our own address. */
  async function walk(authUrl: string, subject: string): Promise<string> {
    const cookies = new Map<string, string>();
    let request: { url: string; body?: URLSearchParams } = { url: authUrl };
    for (let step = 0; step < 12; step += 1) {
      const { url, body } = request;
      if (!url.startsWith(issuer)) return url;
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const post = body === undefined ? {} : { method: "POST", body };
      const reply = await fetch(url, { ...post, redirect: "manual", headers: { cookie } });
      for (const line of reply.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        cookies.set(name, value);
      }
      const page = await reply.text();
      const location = reply.headers.get("location");
      const prompt = promptField.exec(page)?.[1] ?? "";
      const form = new URLSearchParams({ prompt, login: subject, password: "any" });
      request =
        location === null
          ? { url: new URL(formAction.exec(page)?.[1] ?? `/no-form-${reply.status}`, url).href, body: form }
          : { url: new URL(location, url).href };
    }
    throw new Error("the provider's pages lead nowhere");
  }

  return {
    issuer,
    client,
    people,
    /** What the browser is sent back with when this person signs in and agrees. */
    async agree(authUrl: string, person: FakePerson): Promise<URLSearchParams> {
      people.set(person.sub, person);
      return new URL(await walk(authUrl, person.sub)).searchParams;
    },
    /** The person thinks better of it. */
    async abort(authUrl: string): Promise<URLSearchParams> {
      const first = await fetch(authUrl, { redirect: "manual" });
      const cookie = first.headers
        .getSetCookie()
        .map((line) => line.split(";")[0])
        .join("; ");
      const abortUrl = new URL(`${first.headers.get("location") ?? ""}/abort`, issuer);
      const second = await fetch(abortUrl, { redirect: "manual", headers: { cookie } });
      const third = await fetch(new URL(second.headers.get("location") ?? "", issuer), {
        redirect: "manual",
        headers: { cookie: [cookie, ...second.headers.getSetCookie().map((line) => line.split(";")[0])].join("; ") },
      });
      return new URL(third.headers.get("location") ?? "").searchParams;
    },
    /** Signs with new keys from now on; the old ones are gone. */
    async rotateKeys() {
      answer = (await newProvider()).callback();
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
