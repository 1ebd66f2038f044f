/** Whose connection a request came over: known to the server, and needed by the routes it hands requests to. */

const peers = new WeakMap<Request, string>()

/** @param address the socket's address at the other end */
export function setPeer(request: Request, address: string): void {
  peers.set(request, address)
}

/** The address, or undefined for a request that came over none. */
export function peerOf(request: Request): string | undefined {
  return peers.get(request)
}
