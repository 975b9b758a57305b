import ipaddr from "ipaddr.js";

/**
 * Whether an address belongs to a host of the public internet. Only what no register keeps for something else passes:
 * loopback, private, link-local (with the metadata services of clouds), shared and documentation ranges do not, and
 * neither do IPv6 addresses that hold an IPv4 one, in which any of those might hide.
 */
export const isPublicAddress = (address: string): boolean =>
  ipaddr.isValid(address) && ipaddr.parse(address).range() === "unicast";
