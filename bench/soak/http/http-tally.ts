import { SoakTally } from "../soak-tally.ts";

/** What a soak of HTTP counts besides. */
export class HttpTally extends SoakTally {
  /** Answers whose digest and whole body were right. */
  verified = 0;
  /** Bytes of these bodies, and of what came back through tunnels. */
  verifiedBytes = 0;
  /** Answers that had to come from the server of the key's last request, and did. */
  atHome = 0;
  /** Answers that ended before their end, and were seen to. */
  cut = 0;
  /** Requests that found their connection closed, since it had been idle for its time. */
  idled = 0;
  /** POST requests that a server got whole. */
  readonly posts = new Set<number>();

  /** Notes that a server has got this POST, of which there must be one. */
  takePost(id: number): void {
    if (this.posts.has(id)) this.takeWrong(`POST ${id} was carried out twice`);
    this.posts.add(id);
  }
}
