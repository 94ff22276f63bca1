module github.com/duet-relay/duet/clients/go

go 1.25.0

require (
	github.com/gtank/ristretto255 v0.1.2
	github.com/oapi-codegen/runtime v1.8.0
	golang.org/x/text v0.34.0
)

require (
	github.com/apapsch/go-jsonmerge/v2 v2.0.0 // indirect
	github.com/google/uuid v1.6.0 // indirect
)
