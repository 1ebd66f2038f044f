/** How the gate asks the engine, whichever way it is reached. */

/** Values of `{name:Type}` places, as text. */
export type Values = readonly (readonly [name: string, value: string])[]

/** Asks the engine: the lines of the first column. @throws what the engine says, with its code */
export type Ask = (sql: string, values?: Values) => Promise<string[]>
