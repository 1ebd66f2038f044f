/** Who is measured: each a server for `GET /visit` on the core of the servers. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '@rtpx/kafka/broker/ports'
import type { Context } from '../bench.ts'
import { type Child, startChild, untilAnswers } from '../measure/child.ts'

/** On a machine of two cores: servers on one; load, and Kafka, on the other. */
export const SERVER_CORE = 0
export const LOAD_CORE = 1

export interface Contender {
  readonly name: string
  readonly port: number
  readonly pid: number
  /** Says what is wrong when its answers were not what they should be. */
  verify?(): Promise<string | undefined>
}

export const NGINX = 'nginx empty_gif'
const VISIT = '/visit?player_id=p&banner_tag=b'

/** @param log whether each request is written to an access log: the least that anybody must do who wants to count it */
export async function startNginx(context: Context, log: boolean): Promise<Contender> {
  const port = await freePort()
  const folder = join(context.folder, log ? 'nginx-log' : 'nginx')
  mkdirSync(folder)
  const config = join(folder, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  await Bun.write(
    config,
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr;
events { worker_connections 8192; }
http {
  access_log ${log ? `${folder}/access.log combined` : 'off'}; keepalive_requests 100000000;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
  server { listen 127.0.0.1:${port} backlog=4096; location = /visit { empty_gif; } }
}
`,
  )
  return serve(context, log ? 'nginx, access log' : NGINX, port, ['nginx', '-p', folder, '-c', config])
}

/** A server of this folder that takes its port as argument. */
export async function startBun(context: Context, name: string, file: string): Promise<Contender> {
  const port = await freePort()
  return serve(context, name, port, [process.execPath, join(import.meta.dir, file), String(port)])
}

/** @param core the core it is bound to; null: any */
export async function serve(
  context: Context,
  name: string,
  port: number,
  command: string[],
  env: Record<string, string> = {},
  core: number | null = SERVER_CORE,
): Promise<Contender> {
  const logFile = join(context.folder, `${name.replaceAll(/\W+/g, '-')}.log`)
  const absolute = command.map((part) => (part.startsWith('../') ? join(import.meta.dir, '..', part) : part))
  const child: Child = startChild(
    { command: absolute, ...(core !== null && { core }), env, logFile },
    context.cleanup,
  )
  await untilAnswers(`http://127.0.0.1:${port}${VISIT}`, child)
  return { name, port, pid: child.pid }
}
