/** A transformation of a byte stream, piece by piece: what comes out of each piece, and what is left at the end. */
export interface Codec {
  push(bytes: Uint8Array): Promise<Uint8Array[]>
  end(): Promise<Uint8Array[]>
}
