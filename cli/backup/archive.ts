/** The archive of a backup: a tar with `manifest.json` first, and its SHA-256 beside it. */
import { createReadStream, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { StartError } from '../start-error.ts'

export interface Manifest {
  readonly format: 1
  readonly rtpx: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly folders: readonly string[]
  /** What lives elsewhere and is not in here. */
  readonly elsewhere: readonly string[]
}

async function tar(args: readonly string[]): Promise<string> {
  const child = Bun.spawn(['tar', ...args], { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [out, error] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  if ((await child.exited) !== 0) throw new StartError(`tar: ${error.trim().split('\n')[0]}`)
  return out
}

/** Packs a staged folder. The file appears whole or not at all. */
export async function pack(folder: string, manifest: Manifest, file: string): Promise<void> {
  writeFileSync(`${folder}/manifest.json`, JSON.stringify(manifest, null, 2))
  const partial = `${file}.partial`
  try {
    await tar(['-C', folder, '-cf', partial, 'manifest.json', ...manifest.folders])
    writeFileSync(`${file}.sha256`, `${await sha256(partial)}  ${basename(file)}\n`)
    renameSync(partial, file)
  } finally {
    rmSync(partial, { force: true })
  }
}

/** The manifest of an archive that is whole. @throws StartError when it is not one, or is damaged */
export async function readManifest(file: string): Promise<Manifest> {
  if (!existsSync(file)) throw new StartError(`${file} is not there`)
  const sums = `${file}.sha256`
  if (!existsSync(sums))
    throw new StartError(`${sums} is not there: without it nobody knows whether the backup is whole`)
  const wanted = readFileSync(sums, 'utf8').split(/\s/)[0]
  if ((await sha256(file)) !== wanted)
    throw new StartError(`${file} is damaged: its SHA-256 is not that of ${sums}`)
  const manifest = JSON.parse(await tar(['-xOf', file, 'manifest.json'])) as Manifest
  if (manifest.format !== 1) throw new StartError(`${file} was made by another version of rtpx`)
  return manifest
}

/** Unpacks all of an archive into a folder that is there. */
export async function unpack(file: string, into: string): Promise<void> {
  await tar(['-C', into, '--no-same-owner', '-xpf', file])
}

async function sha256(file: string): Promise<string> {
  const hasher = new Bun.CryptoHasher('sha256')
  for await (const piece of createReadStream(file)) hasher.update(piece as Buffer)
  return hasher.digest('hex')
}
