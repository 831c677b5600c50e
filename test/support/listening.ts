import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Address } from "../../src/core/address.ts";
import { patience } from "./patience.ts";

/** Between two attempts to connect, in ms. */
const PAUSE = 5;

/** Whether something accepts connections at the address. */
export async function isListening(address: Address): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(address);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Tries until something accepts connections; false once `isHopeless` says so or `deadline` ms have passed. */
export async function waitUntilListening(
  address: Address,
  isHopeless: () => boolean = () => false,
  deadline = patience,
): Promise<boolean> {
  const due = performance.now() + deadline;
  while (!isHopeless() && performance.now() < due) {
    if (await isListening(address)) return true;
    await delay(PAUSE);
  }
  return false;
}
