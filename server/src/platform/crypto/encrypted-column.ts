/** A column of ciphertexts of the envelope. A domain declares all of its own, so that a new master key reaches them. */
export interface EncryptedColumn {
  table: string;
  /** Text column that names the row, as it stands in `CiphertextPlace.row`. */
  key: string;
  column: string;
}
