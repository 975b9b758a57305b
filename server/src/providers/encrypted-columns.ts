import type { EncryptedColumn } from "../platform/crypto/encrypted-column.ts";

/** All columns of the domain that the envelope encrypts. One that is missing here is lost when the master key changes. */
export const providersEncryptedColumns: readonly EncryptedColumn[] = [
  { table: "provider_connections", key: "id", column: "secrets" },
];
