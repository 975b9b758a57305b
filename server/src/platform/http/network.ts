import { isIPv4, isIPv6 } from "node:net";

/** The eight groups of an IPv6 address as numbers. */
function groupsOf(address: string): number[] {
  const [withoutZone = ""] = address.split("%");
  // The last 32 bits may be written as IPv4.
  const hexadecimal = withoutZone.replace(
    /(\d+)\.(\d+)\.(\d+)\.(\d+)$/,
    (_text, a: string, b: string, c: string, d: string) =>
      [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((group) => group.toString(16)).join(":"),
  );
  const [head = "", tail] = hexadecimal.split("::");
  const parse = (part: string) => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16)));
  const before = parse(head);
  const after = tail === undefined ? [] : parse(tail);
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

/**
 * The part of a client's address that one household or machine keeps, by which attempts are counted: an IPv4 address
 * whole, an IPv6 address by its first 64 bits, since one customer may use any of the others at will.
 */
export function networkOf(address: string): string {
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return "unknown";
  const groups = groupsOf(address);
  // ::ffff:a.b.c.d is an IPv4 client on a socket that takes both.
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 255])
      .join(".");
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(":")}::/64`;
}
