import { deriveKey } from "./hkdf.ts";

export const keyIdBytes = 4;

/** What a master key is used as. It is never used itself, and its id says nothing about it. */
export interface MasterKey {
  id: Uint8Array;
  /** Wraps the data key of each secret. */
  wrappingKey: Uint8Array;
  /** Encrypted secrets itself in the first version of the envelope. */
  firstVersionKey: Uint8Array;
}

export interface MasterKeys {
  /** Encrypts. */
  present(): MasterKey;
  /** Decrypts; undefined when no such key is known. */
  withId(id: Uint8Array): MasterKey | undefined;
}

const masterKeyOf = (secret: Uint8Array): MasterKey => ({
  id: deriveKey(secret, "envelope/key-id").subarray(0, keyIdBytes),
  wrappingKey: deriveKey(secret, "envelope/wrap/aes-256-gcm"),
  firstVersionKey: deriveKey(secret, "envelope/aes-256-gcm"),
});

/** The first key encrypts, all of them decrypt. */
export function masterKeysOf(secrets: readonly Uint8Array[]): MasterKeys {
  const keys = secrets.map(masterKeyOf);
  const [first] = keys;
  if (first === undefined) throw new Error("There is no master key.");
  return {
    present: () => first,
    withId: (id) => keys.find((key) => Buffer.compare(key.id, id) === 0),
  };
}

/**
 * Keys that may change while the process runs. `version` is asked before every use and has to be cheap: it differs when
 * the keys do.
 */
export function changingMasterKeys(source: { version: () => string; read: () => readonly Uint8Array[] }): MasterKeys {
  let version = source.version();
  let keys = masterKeysOf(source.read());
  const current = (): MasterKeys => {
    const seen = source.version();
    if (seen !== version) {
      keys = masterKeysOf(source.read());
      version = seen;
    }
    return keys;
  };
  return { present: () => current().present(), withId: (id) => current().withId(id) };
}
