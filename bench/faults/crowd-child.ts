/** `bun crowd-child.ts PORT`: 2,000 dripping connections, renewed as they are cut off, and a flood from 127.0.0.2; until killed. */
import { drip } from '@rtpx/edge/hostile/drip'
import { exchange } from '@rtpx/edge/hostile/exchange'

const DRIPPING = 2_000
const FLOODING = 8
const PIXEL = Buffer.from('GET /visit?pid=flood&btag=b HTTP/1.1\r\nHost: edge\r\n\r\n')
const port = Number(process.argv[2])

async function keepDripping(): Promise<void> {
  for (;;) {
    const dripping = await drip(port, DRIPPING)
    console.log('ready')
    while (dripping.open() > DRIPPING / 2) await Bun.sleep(100)
    dripping.stop()
  }
}

async function flood(): Promise<void> {
  for (;;) await exchange(port, PIXEL, { localAddress: '127.0.0.2' })
}

await Promise.all([keepDripping(), ...Array.from({ length: FLOODING }, flood)])
