/**
 * Which addresses belong to the internet, so that nobody makes us call what only we can reach. Everything that is not
 * known to be global is refused: https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-.
 */
import { BlockList, isIP } from 'node:net';

const IPV4_SPECIAL = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24',
  '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4',
];
/** The only part of IPv6 that is global, */
const IPV6_GLOBAL = ['2000::/3'];
/** but for protocols' own (Teredo among them), documentation, and 6to4, which hides an IPv4 address. */
const IPV6_SPECIAL = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const special4 = listOf(IPV4_SPECIAL, 'ipv4');
const global6 = listOf(IPV6_GLOBAL, 'ipv6');
const special6 = listOf(IPV6_SPECIAL, 'ipv6');

/** Of an address as the system prints it, without brackets; anything else is not public. */
export function isPublicAddress(address: string): boolean {
  const embedded = embeddedIpv4(address);
  if (embedded !== undefined) return !special4.check(embedded, 'ipv4');
  switch (isIP(address)) {
    case 4: return !special4.check(address, 'ipv4');
    case 6: return global6.check(address, 'ipv6') && !special6.check(address, 'ipv6');
    default: return false;
  }
}

/** `::ffff:127.0.0.1`, and the same in the hexadecimal in which `URL` writes it. */
function embeddedIpv4(address: string): string | undefined {
  if (isIP(address) !== 6 || address.includes('%')) return undefined;
  const { hostname } = new URL(`http://[${address}]`);
  const match = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(hostname);
  if (!match) return undefined;
  const [high, low] = [parseInt(match[1] ?? '', 16), parseInt(match[2] ?? '', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

function listOf(ranges: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', prefix] = range.split('/');
    list.addSubnet(network, Number(prefix), family);
  }
  return list;
}
