package code

import (
	"testing"

	duet "github.com/duet-relay/duet/clients/go"
	"github.com/duet-relay/duet/clients/go/internal/vectors"
)

func TestCodesOfTheSharedRefusals(t *testing.T) {
	for _, each := range vectors.Refusals(t, "code") {
		t.Run(each.Name, func(t *testing.T) {
			code, err := Parse(each.Code)
			if each.Refused {
				if !duet.HasCode(err, duet.Code(each.Problem)) {
					t.Fatalf("got %v", err)
				}
				return
			}
			if err != nil || code.Channel != each.Channel || code.Secret != each.Secret {
				t.Fatalf("got %q, %q, %v", code.Channel, code.Secret, err)
			}
		})
	}
}
