import type { UserRow } from "../users.store.ts";
import type { ExternalPerson } from "./oidc-client.ts";

/** What a proven identity leads to. */
export type LinkingDecision =
  | { kind: "sign_in"; user: UserRow }
  | { kind: "link"; user: UserRow }
  | { kind: "ask_password"; user: UserRow; email: string }
  | { kind: "verify_first"; user: UserRow }
  | { kind: "create"; email: string; isVerified: boolean }
  | { kind: "refuse"; code: "account_disabled" | "email_missing" | "registration_closed" };

interface LinkingQuestion {
  person: ExternalPerson;
  /** The account that this identity belongs to. */
  known: UserRow | undefined;
  /** The account with the address that the provider names. */
  sameAddress: UserRow | undefined;
  isRegistrationOpen: boolean;
  isVerificationRequired: boolean;
}

/** Whether the provider vouches for the very address of the account. */
export const vouchesFor = (person: Pick<ExternalPerson, "email" | "emailVerified">, user: { email: string }): boolean =>
  person.emailVerified && person.email === user.email;

/**
 * Who somebody is, is the identity: issuer and subject. An address joins an identity to an account only when both sides
 * have seen the person prove it: the provider says so, and the account's address is verified here. Otherwise whoever
 * registered first with somebody else's address, here or there, would get into the other's account.
 */
export function decideLinking(question: LinkingQuestion): LinkingDecision {
  const { person, known, sameAddress, isRegistrationOpen, isVerificationRequired } = question;
  if (known !== undefined) {
    if (known.disabled_at !== null) return { kind: "refuse", code: "account_disabled" };
    const isVerified = known.email_verified_at !== null || vouchesFor(person, known);
    return isVerificationRequired && !isVerified
      ? { kind: "verify_first", user: known }
      : { kind: "sign_in", user: known };
  }
  if (person.email === null) return { kind: "refuse", code: "email_missing" };
  if (sameAddress === undefined) {
    return isRegistrationOpen
      ? { kind: "create", email: person.email, isVerified: person.emailVerified }
      : { kind: "refuse", code: "registration_closed" };
  }
  if (!person.emailVerified || sameAddress.email_verified_at === null) {
    return { kind: "ask_password", user: sameAddress, email: person.email };
  }
  return sameAddress.disabled_at === null
    ? { kind: "link", user: sameAddress }
    : { kind: "refuse", code: "account_disabled" };
}
