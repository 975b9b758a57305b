import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { createEnvelope } from "../../platform/crypto/envelope.ts";
import { newId } from "../../platform/ids.ts";
import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { createAccountFixture } from "../testing/account-fixture.ts";
import { type SigningAlgorithm, signingAlgorithms } from "./signing-algorithms.ts";
import { signingKeysStore } from "./signing-keys.store.ts";

// Everything here is put together by hand with node:crypto: the library that judges the tokens makes none of them.

type Json = Record<string, unknown>;
type Signer = (input: string) => Buffer;

const encode = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const forge = (header: unknown, payload: unknown, signer: Signer): string => {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signer(input).toString("base64url")}`;
};
const signerOf =
  (key: KeyObject, digest = "sha256"): Signer =>
  (input) =>
    sign(key.asymmetricKeyType === "rsa" ? digest : null, Buffer.from(input), key);
const hmac =
  (secret: string | Buffer): Signer =>
  (input) =>
    createHmac("sha256", secret).update(input).digest();

const newPair = (algorithm: SigningAlgorithm) =>
  algorithm === "EdDSA" ? generateKeyPairSync("ed25519") : generateKeyPairSync("rsa", { modulusLength: 2048 });

/** A platform that signed with the other algorithm before, so that keys of both are in its ring. */
async function createPlatform(algorithm: SigningAlgorithm) {
  const { database, drop } = await createTestDatabase();
  const other: SigningAlgorithm = algorithm === "EdDSA" ? "RS256" : "EdDSA";
  const former = createAccountFixture(database, { config: { accessTokenAlgorithm: other } });
  const { masterKey, clock } = former;

  /** The platform's own signing key, as an attacker never has it: to break one thing at a time. */
  async function ownKey() {
    const row = (await signingKeysStore.list(database)).find(({ state }) => state === "signing");
    const kid = row?.kid ?? "";
    const place = { table: "signing_keys", row: kid, column: "private_key" };
    const bytes = createEnvelope(masterKey).decrypt(row?.private_key ?? new Uint8Array(), place);
    return { kid, key: createPrivateKey({ key: JSON.parse(Buffer.from(bytes).toString("utf8")), format: "jwk" }) };
  }

  await former.gate.open();
  const formerKey = await ownKey();
  await former.gate.close();
  const fixture = createAccountFixture(database, { masterKey, clock, config: { accessTokenAlgorithm: algorithm } });
  await fixture.gate.open();
  afterAll(async () => {
    await fixture.gate.close();
    await drop();
  });
  return { ...fixture, algorithm, other, formerKey, ownKey: await ownKey() };
}
type Platform = Awaited<ReturnType<typeof createPlatform>>;

/** Sound tokens, and what they are made of. */
function forgeFor({ algorithm, config, clock, ownKey: { kid, key } }: Platform) {
  const seconds = () => Math.floor(clock.now().getTime() / 1000);
  const header = { alg: algorithm, typ: "at+jwt", kid };
  const claims = (): Json => ({
    iss: config.tokenIssuer,
    aud: config.tokenAudience,
    sub: newId("user"),
    sid: newId("session"),
    type: "access",
    iat: seconds(),
    exp: seconds() + 600,
    jti: "1",
  });
  const own = signerOf(key);
  const token = (payload: unknown = claims(), changed: Json = {}, signer: Signer = own) =>
    forge({ ...header, ...changed }, payload, signer);
  return { seconds, header, claims, token };
}

function attacksOn(platform: Platform) {
  return { ...forgeFor(platform), attacks: { ...attacksOnSignature(platform), ...attacksOnContent(platform) } };
}

/** Other algorithms and other keys. */
function attacksOnSignature(platform: Platform) {
  const { algorithm, other, ownKey, formerKey } = platform;
  const { kid, key } = ownKey;
  const { claims, token } = forgeFor(platform);
  const stranger = newPair(algorithm);
  const strangerJwk = stranger.publicKey.export({ format: "jwk" });
  const foreign = signerOf(stranger.privateKey);
  const publicKey = createPublicKey(key);
  const publicJwk = publicKey.export({ format: "jwk" });
  const unsigned: Signer = () => Buffer.alloc(0);
  const asHmac = (secret: string | Buffer) => token(claims(), { alg: "HS256" }, hmac(secret));

  const ofAlgorithm: Record<string, () => string> = {
    "alg none": () => token(claims(), { alg: "none" }, unsigned),
    "alg None": () => token(claims(), { alg: "None" }, unsigned),
    "alg NONE, without a kid": () => token(claims(), { alg: "NONE", kid: undefined }, unsigned),
    "alg none beside a sound signature": () => token(claims(), { alg: "none" }),
    "HS256 keyed with the public key as PEM": () => asHmac(publicKey.export({ type: "spki", format: "pem" })),
    "HS256 keyed with the public key as DER": () => asHmac(publicKey.export({ type: "spki", format: "der" })),
    "HS256 keyed with the text of the public key": () => asHmac(JSON.stringify(publicJwk)),
    "HS256 keyed with the bytes of the public key": () =>
      asHmac(Buffer.from(publicJwk.x ?? publicJwk.n ?? "", "base64url")),
    "HS256 keyed with nothing": () => asHmac(""),
    "the name of the algorithm in another case": () => token(claims(), { alg: algorithm.toLowerCase() }),
    "an algorithm of the same family": () =>
      algorithm === "RS256"
        ? token(claims(), { alg: "RS512" }, signerOf(key, "sha512"))
        : token(claims(), { alg: "Ed448" }),
    "no algorithm": () => token(claims(), { alg: undefined }),
    "the other algorithm on our key": () => token(claims(), { alg: other }),
    "the other algorithm's key under our kid": () => token(claims(), { alg: other }, signerOf(formerKey.key)),
    "our signature under the kid of the other algorithm's key": () => token(claims(), { kid: formerKey.kid }),
    "our algorithm and the other's key under its own kid": () =>
      token(claims(), { kid: formerKey.kid }, signerOf(formerKey.key)),
  };
  const ofKey: Record<string, () => string> = {
    "a foreign key under our kid": () => token(claims(), {}, foreign),
    "an unknown kid": () => token(claims(), { kid: "A".repeat(43) }, foreign),
    "a path as kid": () => token(claims(), { kid: "../../../../dev/null" }, hmac("")),
    "SQL as kid": () => token(claims(), { kid: "' or 1=1 --" }, foreign),
    "a name of the prototype as kid": () => token(claims(), { kid: "__proto__" }, foreign),
    "a number as kid": () => token(claims(), { kid: 0 }, foreign),
    "our kid in another case": () => token(claims(), { kid: kid.toUpperCase() }),
    "no kid": () => token(claims(), { kid: undefined }),
    "an embedded jwk": () => token(claims(), { kid: undefined, jwk: strangerJwk }, foreign),
    "an embedded jwk beside our kid": () => token(claims(), { jwk: strangerJwk }, foreign),
    "a jku": () => token(claims(), { jku: "https://example.org/jwks.json" }, foreign),
    "an x5u": () => token(claims(), { x5u: "https://example.org/chain.pem" }, foreign),
    "an x5c": () => token(claims(), { x5c: ["MIIB"] }, foreign),
    "an unknown critical header": () => token(claims(), { crit: ["exp"], exp: 1 }),
    "an unencoded payload": () => token(claims(), { crit: ["b64"], b64: false }),
  };
  return { ...ofAlgorithm, ...ofKey };
}

/** Our own signature under what must not be signed, and what is not a token. */
function attacksOnContent(platform: Platform) {
  const { config } = platform;
  const { claims, header, seconds, token } = forgeFor(platform);
  const withClaim = (changed: Json) => token({ ...claims(), ...changed });
  const parts = () => token().split(".");
  const ofClaims: Record<string, () => string> = {
    "another typ": () => token(claims(), { typ: "JWT" }),
    "the typ of another kind of token": () => token(claims(), { typ: "client+jwt" }),
    "no typ": () => token(claims(), { typ: undefined }),
    "another audience": () => withClaim({ aud: "somebody-else" }),
    "a list of audiences": () => withClaim({ aud: [config.tokenAudience, "somebody-else"] }),
    "another issuer": () => withClaim({ iss: "somebody-else" }),
    "our issuer in another case": () => withClaim({ iss: config.tokenIssuer.toUpperCase() }),
    "another type of token": () => withClaim({ type: "refresh" }),
    "a claim too many": () => withClaim({ role: "admin" }),
    "an expiry as text": () => withClaim({ exp: String(seconds() + 600) }),
    "no end within reason": () => withClaim({ exp: 1e300 }),
    "not valid yet": () => withClaim({ nbf: seconds() + 60 }),
    "a subject that is no user id": () => withClaim({ sub: "admin" }),
    "no subject": () => withClaim({ sub: undefined }),
    "no session": () => withClaim({ sid: undefined }),
    "no expiry": () => withClaim({ exp: undefined }),
    "no id": () => withClaim({ jti: undefined }),
    "a list instead of claims": () => token([claims()]),
    "text instead of claims": () => token("not json"),
  };
  const ofForm: Record<string, () => string> = {
    "a changed payload": () => [parts()[0], encode(claims()), parts()[2]].join("."),
    "a changed header": () => [encode({ ...header, cty: "x" }), parts()[1], parts()[2]].join("."),
    "the signature of another token": () => [...parts().slice(0, 2), token().split(".")[2]].join("."),
    "no signature": () => token().replace(/[^.]*$/, ""),
    "a truncated signature": () => token().slice(0, -8),
    "a flipped bit in the signature": () => {
      const [head, payload, signature = ""] = parts();
      const bytes = Buffer.from(signature, "base64url");
      bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);
      return [head, payload, bytes.toString("base64url")].join(".");
    },
    "two parts": () => parts().slice(0, 2).join("."),
    "five parts": () => `${token()}.a.b`,
    nothing: () => "",
    dots: () => "..",
    "something very long": () => `eyJ${"A".repeat(1_000_000)}`,
  };
  return { ...ofClaims, ...ofForm };
}

for (const algorithm of signingAlgorithms) {
  const platform = await createPlatform(algorithm);
  const { gate, register } = platform;
  const { attacks, claims, token, seconds } = attacksOn(platform);

  describe(`SEC-11: an access token (${algorithm})`, () => {
    it("SEC-11: that is sound is taken, which proves that the attacks fail by what they change", async () => {
      const sound = claims();
      expect(await gate.authenticate(token(sound))).toMatchObject({ userId: sound["sub"], sessionId: sound["sid"] });
    });

    it.each(Object.entries(attacks))("SEC-11: is refused with %s", async (_name, attack) => {
      await expect(gate.authenticate(attack())).rejects.toMatchObject({ status: 401, code: "invalid_access_token" });
    });

    it("SEC-11: is refused after its end", async () => {
      const expired = token({ ...claims(), exp: seconds() - 1 });
      await expect(gate.authenticate(expired)).rejects.toMatchObject({ status: 401, code: "access_token_expired" });
    });

    it("SEC-11: names nobody: neither address nor name nor role stands in it", async () => {
      const { access_token, email } = await register();
      const [header = "", payload = ""] = access_token.split(".");
      const text = [header, payload].map((part) => Buffer.from(part, "base64url").toString("utf8"));
      expect(JSON.parse(text[0] ?? "")).toEqual({ alg: algorithm, typ: "at+jwt", kid: platform.ownKey.kid });
      expect(Object.keys(JSON.parse(text[1] ?? "")).toSorted()).toEqual([
        "aud",
        "exp",
        "iat",
        "iss",
        "jti",
        "sid",
        "sub",
        "type",
      ]);
      expect(text.join("")).not.toContain(email);
    });
  });
}
