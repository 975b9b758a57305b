import { randomBytes } from "node:crypto";
import { open, seal, sealOverheadBytes } from "./aes-gcm.ts";
import { keyIdBytes, type MasterKey, type MasterKeys, masterKeysOf } from "./master-keys.ts";

/** Where a ciphertext lives. It is authenticated, so that a value copied to another place does not decrypt there. */
export interface CiphertextPlace {
  table: string;
  row: string;
  column: string;
}

export interface Envelope {
  encrypt(plaintext: Uint8Array, place: CiphertextPlace): Uint8Array;
  /** Throws `DecryptionError` when the bytes were changed, moved, or written under an unknown master key. */
  decrypt(ciphertext: Uint8Array, place: CiphertextPlace): Uint8Array;
  /**
   * The same secret under the present master key: its data key is wrapped anew, and the rest stays as it is. Undefined
   * when it is so already; throws as `decrypt` does.
   */
  rewrap(ciphertext: Uint8Array, place: CiphertextPlace): Uint8Array | undefined;
  /** What every ciphertext under the present master key begins with. */
  presentHeader(): Uint8Array;
}

/** Says which place failed, never what was in it. */
export class DecryptionError extends Error {
  constructor(place: CiphertextPlace, reason: string, cause?: unknown) {
    super(`Cannot decrypt ${place.table}.${place.column} of row ${place.row}: ${reason}.`, { cause });
    this.name = "DecryptionError";
  }
}

const firstVersion = 1;
const version = 2;
const dataKeyBytes = 32;
const headerBytes = 1 + keyIdBytes;
const wrapEnd = headerBytes + dataKeyBytes + sealOverheadBytes;

const headerOf = (versionByte: number, key: MasterKey) => Buffer.concat([Uint8Array.of(versionByte), key.id]);

const withPlace = (head: Uint8Array, { table, row, column }: CiphertextPlace) =>
  Buffer.concat([head, Buffer.from(JSON.stringify([table, row, column]))]);

/** The body does not name the master key, so that it outlives a change of that key; its data key is bound to it. */
const bodyAuthenticated = (place: CiphertextPlace) => withPlace(Uint8Array.of(version), place);

function opened(key: Uint8Array, sealed: Uint8Array, authenticated: Uint8Array, place: CiphertextPlace): Uint8Array {
  try {
    return open(key, sealed, authenticated);
  } catch (cause) {
    throw new DecryptionError(place, "it was changed or moved", cause);
  }
}

/**
 * Encryption at rest, AES-256-GCM throughout. Every secret has a data key of its own, which is wrapped by the master key:
 * version (1) ‖ id of the master key (4) ‖ wrapped data key (12 + 32 + 16) ‖ nonce (12) ‖ ciphertext ‖ tag (16).
 * Version 1 had no data key: version ‖ id ‖ nonce ‖ ciphertext ‖ tag under a key derived from the master key.
 */
export function createEnvelope(masterKey: Uint8Array | MasterKeys): Envelope {
  const keys = masterKey instanceof Uint8Array ? masterKeysOf([masterKey]) : masterKey;

  function wrap(dataKey: Uint8Array, place: CiphertextPlace): Uint8Array {
    const key = keys.present();
    const header = headerOf(version, key);
    return Buffer.concat([header, seal(key.wrappingKey, dataKey, withPlace(header, place))]);
  }

  /** The version and the master key of a ciphertext that is long enough for its version. */
  function inspect(ciphertext: Uint8Array, place: CiphertextPlace): { ofFirstVersion: boolean; key: MasterKey } {
    const ofFirstVersion = ciphertext[0] === firstVersion;
    const leastBytes = (ofFirstVersion ? headerBytes : wrapEnd) + sealOverheadBytes;
    if (ciphertext.byteLength < leastBytes) throw new DecryptionError(place, "it is too short");
    if (!ofFirstVersion && ciphertext[0] !== version) throw new DecryptionError(place, "its version is unknown");
    const key = keys.withId(ciphertext.subarray(1, headerBytes));
    if (key === undefined) throw new DecryptionError(place, "it was written under another master key");
    return { ofFirstVersion, key };
  }

  const unwrap = (ciphertext: Uint8Array, key: MasterKey, place: CiphertextPlace): Uint8Array =>
    opened(
      key.wrappingKey,
      ciphertext.subarray(headerBytes, wrapEnd),
      withPlace(ciphertext.subarray(0, headerBytes), place),
      place,
    );

  function encrypt(plaintext: Uint8Array, place: CiphertextPlace): Uint8Array {
    const dataKey = randomBytes(dataKeyBytes);
    return Buffer.concat([wrap(dataKey, place), seal(dataKey, plaintext, bodyAuthenticated(place))]);
  }

  function decrypt(ciphertext: Uint8Array, place: CiphertextPlace): Uint8Array {
    const { ofFirstVersion, key } = inspect(ciphertext, place);
    if (ofFirstVersion) {
      const authenticated = withPlace(ciphertext.subarray(0, headerBytes), place);
      return opened(key.firstVersionKey, ciphertext.subarray(headerBytes), authenticated, place);
    }
    return opened(unwrap(ciphertext, key, place), ciphertext.subarray(wrapEnd), bodyAuthenticated(place), place);
  }

  return {
    encrypt,
    decrypt,
    rewrap(ciphertext, place) {
      // Also what will stay as it is has to be sound: who changes keys wants to know of damage before the old one is gone.
      const plaintext = decrypt(ciphertext, place);
      const { ofFirstVersion, key } = inspect(ciphertext, place);
      if (ofFirstVersion) return encrypt(plaintext, place);
      if (Buffer.compare(key.id, keys.present().id) === 0) return undefined;
      return Buffer.concat([wrap(unwrap(ciphertext, key, place), place), ciphertext.subarray(wrapEnd)]);
    },
    presentHeader: () => headerOf(version, keys.present()),
  };
}
