//go:build go1.26

package agree

import (
	"crypto/mlkem"
	"crypto/mlkem/mlkemtest"
	"testing"
)

// The standard library draws m for itself; its tests know how to give one.
func TestTheEncapsulationOfTheWorkedExchange(t *testing.T) {
	for _, exchange := range known(t) {
		if !Suite(exchange.Curve).isHybrid() {
			continue
		}
		ek, err := mlkem.NewEncapsulationKey768(exchange.Values.EK)
		if err != nil {
			t.Fatal(err)
		}
		ss, ct, err := mlkemtest.Encapsulate768(ek, exchange.Inputs.MLKEMM)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "ss", ss, exchange.Values.SS)
		same(t, "ct", ct, exchange.Values.CT)
	}
}
