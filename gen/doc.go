// Package gen stands above what is generated from openapi.yaml. The document is the only source: to
// change an operation or a model, change it there and run
//
//	go generate ./gen
//
// The packages below it are
//
//   - api: the models and [StrictServerInterface], which a server implements once for all routers;
//   - httpapi, chiapi, echoapi (v5), echo4api, ginapi: the routes for a router, and the way from a request to
//     that interface;
//   - client: the typed client, which depends on none of the others;
//   - spec: the document itself, to serve and to share.
//
// By hand are this file, its test, and cfg, which says how each package is made.
//
// [StrictServerInterface]: https://pkg.go.dev/github.com/authsdk/authsdk-go/gen/api#StrictServerInterface
package gen

//go:generate go tool oapi-codegen -config cfg/api.yaml ../openapi.yaml
//go:generate go tool oapi-codegen -config cfg/httpapi.yaml ../openapi.yaml
//go:generate go tool oapi-codegen -config cfg/chiapi.yaml ../openapi.yaml
//go:generate go tool oapi-codegen -config cfg/echoapi.yaml ../openapi.yaml
//go:generate go tool oapi-codegen -config cfg/echo4api.yaml ../openapi.yaml
//go:generate go tool oapi-codegen -config cfg/ginapi.yaml ../openapi.yaml
//go:generate go tool oapi-codegen -config cfg/client.yaml ../openapi.yaml
//go:generate go run ../cmd/authgen --out api/security.gen.go --client-out client/security.gen.go ../openapi.yaml
//go:generate go run ./cfg/spec ../openapi.yaml spec
