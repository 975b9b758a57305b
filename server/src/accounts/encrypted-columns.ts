import type { EncryptedColumn } from "../platform/crypto/encrypted-column.ts";

/** All columns of the domain that the envelope encrypts. One that is missing here is lost when the master key changes. */
export const accountsEncryptedColumns: readonly EncryptedColumn[] = [
  { table: "sessions", key: "id", column: "mac_key" },
  { table: "signing_keys", key: "kid", column: "private_key" },
  { table: "oidc_transactions", key: "id", column: "secrets" },
];
