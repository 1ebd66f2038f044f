/**
 * Walls around the engine's threads (Linux Landlock): they, and every thread they start, reach only the engine's own
 * directory and what a process needs to tell time, find hosts and check certificates. The embedded engine takes itself for
 * a command-line tool and would read any file a query names, by `file()` or by a format's template, whatever is granted.
 */
import { dlopen, ptr, FFIType as T } from 'bun:ffi'
import { closeSync, constants, openSync, statSync } from 'node:fs'

const CREATE_RULESET = 444
const ADD_RULE = 445
const RESTRICT_SELF = 446
const VERSION_FLAG = 1
const PATH_BENEATH = 1
const PR_SET_NO_NEW_PRIVS = 38
/** `O_PATH`, the same on x64 and arm64. */
const O_PATH = 0o10000000

const EXECUTE = 1n << 0n
const WRITE_FILE = 1n << 1n
const READ_FILE = 1n << 2n
const READ_DIR = 1n << 3n
/** Rights that mean nothing on a plain file. */
const ON_DIRECTORY_ONLY = READ_DIR | (0x7fn << 4n) | (0x3fn << 7n) | (1n << 13n)
/** All rights over files up to a version of the interface: 13 at first, then REFER (2) and TRUNCATE (3). */
const rightsOf = (version: number) => (1n << BigInt(version >= 3 ? 15 : version >= 2 ? 14 : 13)) - 1n

const READABLE = [
  '/usr/share/zoneinfo',
  '/etc/localtime',
  '/etc/timezone',
  '/etc/hosts',
  '/etc/host.conf',
  '/etc/resolv.conf',
  '/etc/gai.conf',
  '/etc/nsswitch.conf',
  '/etc/services',
  '/etc/protocols',
  '/etc/ssl',
  '/etc/pki',
  '/usr/share/ca-certificates',
  '/lib',
  '/lib64',
  '/usr/lib',
  '/usr/lib64',
  '/sys/fs/cgroup',
  '/sys/devices/system',
  '/proc/cpuinfo',
  '/proc/meminfo',
  '/proc/stat',
  '/proc/loadavg',
  '/proc/uptime',
  '/proc/vmstat',
  '/proc/sys',
  '/proc/self/stat',
  '/proc/self/statm',
  '/proc/self/status',
  '/proc/self/maps',
  '/proc/self/limits',
  '/proc/self/mounts',
  '/proc/self/cgroup',
  '/dev/urandom',
  '/dev/random',
]
const WRITABLE_DEVICES = ['/dev/null', '/dev/zero']

function open() {
  return dlopen('libc.so.6', {
    syscall: { args: [T.i64, T.u64, T.u64, T.u64, T.u64], returns: T.i64 },
    prctl: { args: [T.i32, T.u64, T.u64, T.u64, T.u64], returns: T.i32 },
  }).symbols
}

/**
 * Confines the calling thread and those it starts from now on, for good.
 * @param owned directories with every right but to execute
 * @returns false where the system has no Landlock; the thread is as free as before then
 */
export function confineThread(owned: readonly string[]): boolean {
  if (process.platform !== 'linux') return false
  const libc = open()
  const version = Number(libc.syscall(CREATE_RULESET, 0, 0, VERSION_FLAG, 0))
  if (version < 1) return false
  const all = rightsOf(version)
  const attributes = new BigUint64Array([all])
  const ruleset = Number(libc.syscall(CREATE_RULESET, ptr(attributes), 8, 0, 0))
  if (ruleset < 0) return false
  const allow = (path: string, rights: bigint) => {
    let descriptor: number
    try {
      const allowed = statSync(path).isDirectory() ? rights : rights & ~ON_DIRECTORY_ONLY
      descriptor = openSync(path, O_PATH | constants.O_RDONLY)
      const rule = new DataView(new ArrayBuffer(12))
      rule.setBigUint64(0, allowed & all, true)
      rule.setInt32(8, descriptor, true)
      libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, ptr(new Uint8Array(rule.buffer)), 0)
      closeSync(descriptor)
    } catch {
      // A path this machine does not have needs no rule.
    }
  }
  for (const path of READABLE) allow(path, READ_FILE | READ_DIR)
  for (const path of WRITABLE_DEVICES) allow(path, READ_FILE | WRITE_FILE)
  for (const path of owned) allow(path, all & ~EXECUTE)
  const confined =
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) === 0 &&
    Number(libc.syscall(RESTRICT_SELF, ruleset, 0, 0, 0)) === 0
  closeSync(ruleset)
  return confined
}
