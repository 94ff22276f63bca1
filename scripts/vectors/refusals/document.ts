import type { SuiteName } from "../../../src/protocol/suite-names.js";
import type { Case } from "./case.js";
import { acceptCases, bodyCases, helloCases, manifestCases, smallCases } from "./messages.js";
import { recordCases } from "./records.js";
import { workedRound } from "./round.js";
import { hKCases, xCases, yCases } from "./shares.js";
import { capabilityCases, codeCases } from "./texts.js";

/** One suite of each kind of group, and the default. */
const SUITES: readonly SuiteName[] = ["ristretto255", "ristretto255+mlkem768", "p256"];

/** What a peer must refuse, and neighbours that it must take. */
export async function refusals() {
  const rounds = await Promise.all(SUITES.map(workedRound));
  const cases: readonly Case[] = [
    ...rounds.flatMap((round) => [...xCases(round), ...yCases(round), ...hKCases(round)]),
    ...codeCases(),
    ...capabilityCases(),
    ...helloCases(),
    ...manifestCases(),
    ...acceptCases(),
    ...bodyCases(),
    ...smallCases(),
    ...recordCases(),
  ];
  return {
    about: "What a peer must refuse, and neighbours that it must take. Made by npm run vectors; do not edit.",
    notes: [
      'Byte strings are hexadecimal. x, y, h_k and hh_k are texts as the relay brings them, which need not be base64url. What is drawn is as in exchange.json. Own capabilities are always {"v":[1],"chunk":1048576}.',
      "problem is the code of the refusal: wrong_code is exit 3, bad_code exit 2 before a relay is asked, unsupported exit 1, bad_message exit 1, interfered exit 3, connection_lost a record that counts as a lost connection. A peer that has other names for them checks that it refuses, and with which exit.",
      "x: a recipient starts with this x. Refused: it posts nothing. Taken: it has a y and an hh_k.",
      "y: a sender that drew sid, ya_seed, nS and mlkem_seed, and so posted x, gets y and hh_k. Where the bytes can be understood at all, hh_k is what somebody who knows the words computes for them: the rule must refuse, not the tag. Taken: its own tag is h_k, where that is given.",
      "h_k: a recipient that drew yb_seed and mlkem_m, and so posted y and hh_k in answer to x, gets h_k.",
      "code: what a person typed. Taken: channel, and secret in canonical form.",
      "capabilities: the other side's bytes, after the tag matched. Taken: the version and chunk that both then use.",
      "hello: plaintext from that role. commitment: nS of a sender's hello, and the commitment in x.",
      "manifest, accept, end, ack, error: plaintext of the whole message; accept is read against manifest. error, taken: code is what the receiver acts on; failed stands for all that have exit 1 and no name.",
      "body: plaintexts of the body messages in order, against manifest and accept; then comes end. Refused: at a frame, at the end of a message, or at end.",
      "record: a receiver that is at this place of a connection reads wire, then the connection ends; of the types in may one can come. Taken: type, and length of the plaintext, whose i-th byte is i mod 251.",
    ],
    cases,
  };
}
