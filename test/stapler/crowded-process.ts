import { createStapler } from "../../src/stapler/server.js";
import { FakeAdmission } from "./fixtures.js";

/**
 * A stapler in a process of its own; with the argument `careless` one that does not know how few files its process may
 * open. Prints its port, then what it logs.
 */
const careless = process.argv[2] === "careless";
const log = (_fields: object, message: string): void => console.log(message);
const stapler = await createStapler({
  host: "127.0.0.1",
  port: 0,
  admission: new FakeAdmission(),
  limits: {
    ...(careless ? { connections: Infinity } : {}),
    unadmitted: Infinity,
    connectionsPerAddress: Infinity,
    unadmittedPerAddress: Infinity,
    refusalsPerMinute: Infinity,
  },
  logger: { debug: log, warn: log },
});
console.log(stapler.port);
