/** Preloaded into a process whose function URLs are an emulator's: their names lead to this machine. */
import dns from 'node:dns';

const { lookup } = dns;
const FUNCTION_HOST = /\.lambda-url\.[a-z0-9-]+\.on\.aws$/;

dns.lookup = ((host: string, ...rest: unknown[]) =>
  Reflect.apply(lookup, dns, [FUNCTION_HOST.test(host) ? '127.0.0.1' : host, ...rest])) as typeof dns.lookup;
