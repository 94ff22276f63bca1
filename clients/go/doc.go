// Package duet is a client of a duet relay: two computers that share a short
// code open an end-to-end encrypted pipe, and the relay introduces them.
//
// [Client] makes the calls of the relay's REST interface, one method a step.
// Every refusal is a [*Problem], which says by a stable code what happened and
// by a hint what to do. Lost calls are made again, which is safe for each of
// them. [Client.Staple] connects to the other side as a [net.Conn].
//
// What crosses that connection should be encrypted. Package peer does the whole
// protocol, key agreement included, and sends and receives files. Package relay
// holds the types of the relay's answers, generated from its OpenAPI document.
package duet
