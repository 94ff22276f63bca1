/** A built relay in a process of its own, and seats at it. */
import { Process } from "../bench/processes.js";

/** A capability that anybody may know: the channel carries nothing. */
const UUIDS = { sender: "contract-test-of-the-sender", recipient: "contract-test-of-the-recipient" } as const;

export interface Seat {
  readonly channel: string;
  readonly uuid: string;
}

export class RelayProcess implements AsyncDisposable {
  readonly #process: Process;
  readonly url: string;

  private constructor(process: Process, url: string) {
    this.#process = process;
    this.url = url;
  }

  /** @param dist the folder of the build */
  static async start(dist = "dist"): Promise<RelayProcess> {
    const args = ["--port", "0", "--stapler-port", "0", "--rate-limit", "off", "--json", "--log-level", "error"];
    const started = new Process(process.execPath, [`${dist}/cli/main.js`, "relay", ...args]);
    const { http } = JSON.parse(await started.line()) as { readonly http: string };
    return new RelayProcess(started, http);
  }

  /** The sender's seat of a new channel. */
  async takeSenderSeat(channel: string): Promise<Seat> {
    const uuid = UUIDS.sender;
    await this.#post("/open", { channel, uuid });
    return { channel, uuid };
  }

  /**
   * The other seat of that channel, which x is posted for; y and h_k are there when this is over.
   *
   * @param url on which the recipient reaches the relay, if not as the sender does
   */
  async takeRecipientSeat({ channel, uuid: sender }: Seat, url = this.url): Promise<Seat> {
    const uuid = UUIDS.recipient;
    await this.#post(`/channel/${channel}`, { uuid: sender, x: "my-share", curve: "p557" });
    await this.#post("/open", { channel, role: "recipient", uuid }, url);
    await this.#post(`/channel/${channel}`, { uuid, y: "your-share", hh_k: "hash-of-hash" }, url);
    await this.#post(`/sender/${channel}/h_k`, { uuid: sender, h_k: "hash" });
    return { channel, uuid };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }

  async #post(path: string, body: object, url = this.url): Promise<void> {
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`POST ${path}: ${await response.text()}`);
  }
}
