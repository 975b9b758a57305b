/** What access tokens may be signed with. A key belongs to one of them and verifies nothing that names another. */
export const signingAlgorithms = ["EdDSA", "RS256"] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];
