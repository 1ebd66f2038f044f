/** Where the edges are, for those who ask them how they are. */
import { makeValidator } from 'envalid'

const addresses = makeValidator<string[]>((text) => {
  const list = text
    .split(',')
    .map((address) => address.trim().replace(/\/+$/, ''))
    .filter(Boolean)
  for (const address of list)
    if (!/^https?:$/.test(URL.parse(address)?.protocol ?? ''))
      throw new Error(`"${address}" is no http address`)
  return list
})

export const edgeNodesVariables = {
  EDGE_NODES: addresses({
    default: [],
    desc: 'Addresses at which each edge can be asked how it is and sent a canary, comma-separated; `up` names its own edge, the dashboard falls back on EDGE_INTERNAL_URL',
  }),
}
