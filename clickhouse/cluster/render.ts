/**
 * One statement for a single server as the statements for a cluster. Mechanical: the migrations stay plain SQL.
 *
 * - Every definition goes to all servers (`ON CLUSTER`), every MergeTree becomes its Replicated kind.
 * - A table that is spread (rules.ts) becomes two: `name_local`, which holds a shard's rows, and `name`, Distributed over them.
 *   Queries, plain views and inserts go on naming `name`; materialized views read and write as the rules say.
 * - What is no definition (SELECT, INSERT) is unchanged. A definition of a form not known here throws.
 */
import { hasRule, ruleOf } from './rules.ts'

export interface Cluster {
  /** As in the servers' `remote_servers`; its shards have `internal_replication`. */
  readonly name: string
  readonly database: string
}

const DEFINES = /^(CREATE|ALTER|DROP|TRUNCATE|RENAME|OPTIMIZE|ATTACH|DETACH|EXCHANGE|DELETE)\b/i

/** @throws when the statement's form or its table is not known here */
export function renderForCluster(statement: string, cluster: Cluster): string[] {
  const sql = withoutComments(statement)
  if (!DEFINES.test(sql)) return [statement]
  const form = FORMS.find(([pattern]) => pattern.test(sql))
  if (!form) throw new Error(`no form for a cluster: ${sql.slice(0, 120)}`)
  const [pattern, render] = form
  return render(pattern.exec(sql)?.groups ?? {}, cluster)
}

/** Comments before the first word and on lines of their own; those inside a line stay. */
function withoutComments(statement: string): string {
  return statement.replace(/^\s*--.*\n/gm, '').trim()
}

type Groups = Readonly<Record<string, string>>

const FORMS: readonly (readonly [RegExp, (groups: Groups, cluster: Cluster) => string[]])[] = [
  [
    /^CREATE DATABASE (?<ifNot>IF NOT EXISTS )?(?<name>\w+)$/,
    ({ ifNot = '', name }, on) => [`CREATE DATABASE ${ifNot}${name} ${onCluster(on)}`],
  ],
  [
    /^CREATE TABLE (?<ifNot>IF NOT EXISTS )?(?<name>\w+)\s*(?<columns>\([\s\S]*?\))\s*ENGINE = (?<engine>\w+)(?<args>\([^)\n]*\))?(?<rest>[\s\S]*)$/,
    createTable,
  ],
  [
    /^CREATE MATERIALIZED VIEW (?<ifNot>IF NOT EXISTS )?(?<name>\w+) TO (?<target>\w+)\s+AS\s+(?<select>[\s\S]*)$/,
    ({ ifNot = '', name, target = '', select = '' }, on) => [
      `CREATE MATERIALIZED VIEW ${ifNot}${name} ${onCluster(on)} TO ${writtenBy(target)} AS\n${ofOneShard(select)}`,
    ],
  ],
  [
    /^CREATE (?<orReplace>OR REPLACE )?VIEW (?<ifNot>IF NOT EXISTS )?(?<name>\w+)(?<rest>[\s\S]*)$/,
    ({ orReplace = '', ifNot = '', name, rest }, on) => [
      `CREATE ${orReplace}VIEW ${ifNot}${name} ${onCluster(on)}${rest}`,
    ],
  ],
  [
    /^DROP VIEW (?<ifThere>IF EXISTS )?(?<name>\w+)(?<rest>[\s\S]*)$/,
    ({ ifThere = '', name, rest }, on) => [`DROP VIEW ${ifThere}${name} ${onCluster(on)}${rest}`],
  ],
  [/^(?<verb>DROP|TRUNCATE) TABLE (?<ifThere>IF EXISTS )?(?<name>\w+)(?<rest>[\s\S]*)$/, dropTable],
  [
    /^ALTER TABLE (?<name>\w+)(?<verb>\s+MODIFY QUERY\s)(?<select>[\s\S]*)$/,
    ({ name, verb, select = '' }, on) => [`ALTER TABLE ${name} ${onCluster(on)}${verb}${ofOneShard(select)}`],
  ],
  // Each shard moves what it holds.
  [
    /^ALTER TABLE (?<name>\w+)(?<what> MOVE PARTITION .+ TO TABLE )(?<to>\w+)$/,
    ({ name = '', what, to = '' }, on) => [`ALTER TABLE ${held(name)} ${onCluster(on)}${what}${held(to)}`],
  ],
  [/^ALTER TABLE (?<name>\w+)(?<rest>[\s\S]*)$/, alterTable],
  // Rows are deleted, and parts merged, where they are held. The condition must hold values only: a subquery would see one shard.
  [
    /^(?<verb>DELETE FROM|OPTIMIZE TABLE) (?<name>\w+)(?<rest>[\s\S]*)$/,
    ({ verb, name = '', rest }, on) => [`${verb} ${held(name)} ${onCluster(on)}${rest}`],
  ],
]

const onCluster = ({ name }: Cluster) => `ON CLUSTER '${name}'`
const isSpread = (table: string) => hasRule(table) && ruleOf(table).kind === 'spread'
/** The table that holds rows on this server. */
const held = (table: string) => (isSpread(table) ? `${table}_local` : table)

function createTable(groups: Groups, on: Cluster): string[] {
  const { ifNot = '', name = '', columns, engine = '', args = '', rest = '' } = groups
  const rule = ruleOf(name)
  const definition = `CREATE TABLE ${ifNot}${held(name)} ${onCluster(on)}\n${columns}\nENGINE = `
  if (!engine.endsWith('MergeTree')) {
    if (rule.kind === 'everywhere') throw new Error(`${name}: engine ${engine} keeps no row everywhere`)
    return [`${definition}${engine}${args}${rest}`, ...distributed(name, on, ifNot)]
  }
  if (rule.kind === 'step') throw new Error(`${name}: a step holds nothing, but its engine is ${engine}`)
  const [path, replica] =
    rule.kind === 'everywhere'
      ? [`/rtpx/everywhere/{database}/${name}`, '{shard}-{replica}']
      : [`/rtpx/{shard}/{database}/${name}`, '{replica}']
  const more = args.slice(1, -1)
  const replicated = `Replicated${engine}('${path}', '${replica}'${more === '' ? '' : `, ${more}`})`
  return [`${definition}${replicated}${rest}`, ...distributed(name, on, ifNot)]
}

function distributed(table: string, on: Cluster, ifNot: string): string[] {
  const rule = ruleOf(table)
  if (rule.kind !== 'spread') return []
  return [
    `CREATE TABLE ${ifNot}${table} ${onCluster(on)} AS ${held(table)}\nENGINE = Distributed('${on.name}', '${on.database}', '${held(table)}', ${rule.by})`,
  ]
}

/** What a view's rows are written to. */
function writtenBy(target: string): string {
  const rule = ruleOf(target)
  return rule.kind === 'spread' && rule.rows === 'stays' ? held(target) : target
}

/** A materialized view sees the rows that were just written to one shard's table. @throws for one that would ask other shards */
function ofOneShard(select: string): string {
  return select.replace(/\b(FROM|JOIN)(\s+)(\w+)/g, (text, word: string, space: string, table: string) => {
    if (!isSpread(table)) return text
    if (word === 'JOIN')
      throw new Error(`a materialized view joins ${table}, whose rows are on other shards too`)
    return `${word}${space}${held(table)}`
  })
}

function dropTable({ verb, ifThere = '', name = '', rest }: Groups, on: Cluster): string[] {
  const tables = isSpread(name) && verb === 'DROP' ? [name, held(name)] : [held(name)]
  return tables.map((table) => `${verb} TABLE ${ifThere}${table} ${onCluster(on)}${rest}`)
}

/** A change of columns is made to both tables of a spread one, any other to the one that holds rows. */
function alterTable({ name = '', rest = '' }: Groups, on: Cluster): string[] {
  const isOfColumns = /^\s*(ADD|DROP|MODIFY|RENAME|COMMENT) COLUMN\b/.test(rest)
  const tables = isSpread(name) && isOfColumns ? [held(name), name] : [held(name)]
  return tables.map((table) => `ALTER TABLE ${table} ${onCluster(on)}${rest}`)
}
