// Runs the framework that plugins in Go use on fields and requests: the reference for the one in
// TypeScript.
//
// Standard input is a JSON object with `inputs`, JSON values by name, and `requests` to the
// backend of backend.go, by name. Standard output is a JSON object with what became of them.
package main

import (
	"encoding/json"
	"log"
	"os"
)

type cases struct {
	Inputs   map[string]any     `json:"inputs"`
	Requests map[string]request `json:"requests"`
}

type recording struct {
	// By input, then by type of field: the value. A type that refuses the input isn't there.
	Fields   map[string]map[string]any `json:"fields"`
	Requests map[string]outcome        `json:"requests"`
	Help     map[string]string         `json:"help"`
	OpenAPI  any                       `json:"openapi"`
}

func main() {
	var given cases
	// Numbers become a float64, as in the requests that a plugin gets.
	must(json.NewDecoder(os.Stdin).Decode(&given))

	fields := map[string]map[string]any{}
	for name, raw := range given.Inputs {
		fields[name] = accepted(raw)
	}
	backend := newBackend()
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	must(encoder.Encode(recording{
		Fields:   fields,
		Requests: outcomes(backend, given.Requests),
		Help:     help(backend),
		OpenAPI:  openAPI(backend),
	}))
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
