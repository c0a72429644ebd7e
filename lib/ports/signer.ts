/** Signs what the audit will be measured by. The private key never leaves it. */
export interface Signer {
  /** Names the public key: the first 16 hex digits of the SHA-256 of its DER form. */
  readonly keyId: string;
  /** PEM; safe to hand to anybody. */
  readonly publicKey: string;
  /** Ed25519, base64. */
  sign(text: string): string;
  verify(text: string, signature: string): boolean;
}
export type Verifier = Pick<Signer, 'keyId' | 'verify'>;
