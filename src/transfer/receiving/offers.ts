import { linkedSignal } from "../../client/index.js";
import type { Manifest } from "../../protocol/index.js";
import { DuetError } from "../../protocol/problem.js";
import type { IncomingMessage } from "../connection/incoming.js";
import { ProgressMeter } from "../progress.js";
import type { DiskEvents } from "./arrivals.js";
import { prepareOffer, type Prepared, type Target } from "./offer.js";
import { type OfferedManifest, readManifest } from "./offered-manifest.js";
import type { ReceiveOptions } from "./receive-options.js";

/** An offer, the answer to it, and what has come of it, over all connections. */
export interface CurrentOffer extends OfferedManifest {
  /** Once there is an answer: by the rules that it gave. */
  prepared: Prepared;
  /** Rejects with `declined`. */
  readonly agreed: Promise<void>;
  readonly meter: ProgressMeter;
  /** Ends the question. */
  cancel(): void;
  hasBegun: boolean;
}

/** What the sender offers, once more on every connection. Somebody is asked once for each that is another one. */
export class Offers {
  readonly #options: Pick<ReceiveOptions, "consent" | "signal">;
  readonly #target: Target;
  readonly #now: () => number;
  readonly #eventsOf: (manifest: Manifest, meter: ProgressMeter) => DiskEvents;
  /** What was read and is not closed. */
  readonly #lists = new Set<OfferedManifest>();
  #current: CurrentOffer | undefined;

  /**
   * @param now milliseconds, of a clock that never goes back
   * @param eventsOf what is told of the entries of an offer
   */
  constructor(
    options: Pick<ReceiveOptions, "consent" | "signal">,
    target: Target,
    now: () => number,
    eventsOf: (manifest: Manifest, meter: ProgressMeter) => DiskEvents,
  ) {
    this.#options = options;
    this.#target = target;
    this.#now = now;
    this.#eventsOf = eventsOf;
  }

  /** The latest that was asked about. */
  get current(): CurrentOffer | undefined {
    return this.#current;
  }

  /** Reads a list, and asks nobody. @throws as `readManifest` */
  async read(message: IncomingMessage): Promise<OfferedManifest> {
    const list = await readManifest(message);
    this.#lists.add(list);
    return list;
  }

  /**
   * Has somebody asked; the same offer as before is the same question.
   *
   * @param offered by `read`
   * @throws DuetError as `prepareOffer`, and what the destination of an offer before fails with
   */
  async ask(offered: OfferedManifest): Promise<CurrentOffer> {
    const previous = this.#current;
    if (previous?.digest === offered.digest) {
      this.#forget(offered);
      return previous;
    }
    previous?.cancel();
    if (previous?.hasBegun === true) {
      await previous.prepared.destination.restart();
      await previous.prepared.destination.suspend();
    }
    const meter = new ProgressMeter(offered.manifest.head.bytes, this.#now);
    const events = this.#eventsOf(offered.manifest, meter);
    const prepared = await prepareOffer(offered, this.#target, events);
    const question = linkedSignal(this.#options.signal);
    const agreed = this.#options.consent(prepared.offer, question.signal).then(async (answer) => {
      if (!answer.accept) throw new DuetError("declined", { message: answer.reason ?? "the recipient said no" });
      const { ruleFor } = answer;
      if (ruleFor === undefined || "sink" in this.#target) return;
      current.prepared = await prepareOffer(offered, { ...this.#target, ruleFor }, events);
    });
    agreed.catch(() => {});
    const cancel = (): void => {
      question.abort();
      question.release();
    };
    for (const list of this.#lists) if (list !== offered) this.#forget(list);
    const current: CurrentOffer = { ...offered, prepared, agreed, meter, cancel, hasBegun: false };
    this.#current = current;
    return current;
  }

  /** Ends the question, and lets go of what was read. */
  close(): void {
    this.#current?.cancel();
    for (const list of this.#lists) list.close();
    this.#lists.clear();
  }

  #forget(list: OfferedManifest): void {
    list.close();
    this.#lists.delete(list);
  }
}
