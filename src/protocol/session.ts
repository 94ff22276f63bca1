import { toBase64Url } from "./base64url.js";
import { equalBytes } from "./bytes.js";
import type { Agreement } from "./capabilities.js";
import { derived, sasCommitment, shortAuthenticationString } from "./key-schedule.js";
import type { Hk, Role } from "./names.js";
import { DuetError } from "./problem.js";
import { Secret } from "./secret.js";
import { SAS_NONCE_BYTES } from "./shares.js";

/** What a run leaves behind when both tags matched. k itself stays inside. */
export interface Session {
  readonly role: Role;
  /** Names the round at the stapler. */
  readonly hK: Hk;
  /** The chunk size of every message in both directions. */
  readonly chunk: number;
  readonly version: number;
  /** One key for each direction (PROTOCOL.md section 6). */
  readonly keys: { readonly s2r: Secret; readonly r2s: Secret };
  /** Sender only: nS, for its hello. */
  readonly sasNonce?: Uint8Array;
  /** Sender only: the digits to compare. The recipient asks `sasFor` when the hello has brought nS. */
  readonly sas?: string;
  /**
   * The digits to compare.
   *
   * @param nS from the sender's hello
   * @throws DuetError `interfered` when it is not what the sender committed to in x
   */
  sasFor(nS: Uint8Array): string;
}

/** @param k kept: nobody else may hold it */
export function createSession(role: Role, k: Uint8Array, agreement: Agreement, commitment: Uint8Array): Session {
  return {
    role,
    hK: toHk(derived(k, "h_k")),
    ...agreement,
    keys: { s2r: new Secret(derived(k, "s2r")), r2s: new Secret(derived(k, "r2s")) },
    sasFor: (nS) => {
      if (nS.length !== SAS_NONCE_BYTES || !equalBytes(sasCommitment(nS), commitment))
        throw new DuetError("interfered");
      return shortAuthenticationString(k, nS);
    },
  };
}

function toHk(bytes: Uint8Array): Hk {
  // 43 characters of base64url, which is what the brand stands for.
  return toBase64Url(bytes) as Hk;
}
