import type { ClientHttp2Session } from "node:http2";

/**
 * Has a session live on that a GOAWAY with an error code has come to: the server may still answer the streams that it has
 * taken (RFC 9113 6.8). To be called while the event is told, for right behind it node:http2 destroys the session with all
 * of its streams, whatever they are. Those that the server has not taken are reset with REFUSED_STREAM, as they are by a
 * GOAWAY without an error.
 */
export function outliveGoaway(session: ClientHttp2Session): void {
  const { destroy } = session;
  session.destroy = () => {
    session.destroy = destroy;
    session.close();
  };
}
