/** Why rtpx cannot start (or a command cannot do its work), as lines for the person who asked. Exit code 1. */
export class StartError extends Error {
  override readonly name = 'StartError'
}
