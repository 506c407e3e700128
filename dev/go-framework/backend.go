package main

import (
	"context"
	"regexp"

	"github.com/openbao/openbao/sdk/v2/framework"
	"github.com/openbao/openbao/sdk/v2/logical"
)

type request struct {
	Operation logical.Operation `json:"operation"`
	Path      string            `json:"path"`
	Data      map[string]any    `json:"data"`
}

// What became of a request: an error's message never counts, only that it is one.
type outcome struct {
	Refused  bool     `json:"refused"`
	Warnings []string `json:"warnings"`
}

// A backend with fields of each type and with all options of fields. The test in TypeScript has
// the same.
func newBackend() *framework.Backend {
	fields := map[string]*framework.FieldSchema{
		"name": {Type: framework.TypeNameString, Description: "Name of the item."},
		"key": {
			Type:         framework.TypeString,
			Description:  "Opens it.",
			Required:     true,
			DisplayAttrs: &framework.DisplayAttributes{Name: "Key", Sensitive: true},
		},
		"kind": {
			Type:          framework.TypeString,
			Description:   "What kind it is\nof.",
			AllowedValues: []any{"a", "b"},
			Default:       "a",
		},
		"old":     {Type: framework.TypeInt, Description: "No longer in use.", Deprecated: true},
		"version": {Type: framework.TypeInt, Description: "Which one.", Query: true},
		"since":   {Type: framework.TypeDurationSecond, Description: "How long ago.", Query: true},
	}
	for name, fieldType := range fieldTypes {
		fields["a_"+name] = &framework.FieldSchema{Type: fieldType, Description: "Takes a value of its type."}
	}
	return &framework.Backend{
		BackendType: logical.TypeLogical,
		Help:        "\nKeeps items.\n",
		Paths: []*framework.Path{
			{
				Pattern:         "item/" + framework.GenericNameRegex("name"),
				Fields:          fields,
				HelpSynopsis:    "Keeps\n  an item.",
				HelpDescription: "\nFirst line.\n\nSecond line.\n",
				ExistenceCheck: func(context.Context, *logical.Request, *framework.FieldData) (bool, error) {
					return true, nil
				},
				Operations: map[logical.Operation]framework.OperationHandler{
					logical.ReadOperation:   operation("Keeps an item."),
					logical.CreateOperation: operation("Keeps an item."),
					logical.UpdateOperation: operation("Keeps an item."),
					logical.PatchOperation:  operation("Keeps an item."),
					logical.DeleteOperation: operation("Keeps an item."),
				},
			},
			{
				Pattern:         "item/?$",
				HelpSynopsis:    "Lists items.",
				HelpDescription: "All of them.",
				Operations: map[logical.Operation]framework.OperationHandler{
					logical.ListOperation: operation("Lists items."),
				},
			},
			{
				Pattern:         "anything/(?P<rest>.*)",
				Fields:          map[string]*framework.FieldSchema{"rest": {Type: framework.TypeString, Description: "All that is left."}},
				HelpSynopsis:    "Takes anything.",
				HelpDescription: "Anything at all.",
				Operations: map[logical.Operation]framework.OperationHandler{
					logical.ReadOperation: operation("Takes anything."),
				},
			},
		},
	}
}

func operation(summary string) *framework.PathOperation {
	return &framework.PathOperation{
		Summary: summary,
		Callback: func(context.Context, *logical.Request, *framework.FieldData) (*logical.Response, error) {
			return &logical.Response{}, nil
		},
	}
}

func outcomes(backend *framework.Backend, requests map[string]request) map[string]outcome {
	results := map[string]outcome{}
	for name, sent := range requests {
		response, err := backend.HandleRequest(context.Background(), &logical.Request{
			Operation: sent.Operation,
			Path:      sent.Path,
			Data:      sent.Data,
		})
		result := outcome{Refused: err != nil || response.IsError(), Warnings: []string{}}
		if response != nil {
			result.Warnings = append(result.Warnings, response.Warnings...)
		}
		results[name] = result
	}
	return results
}

// The paragraph between the headings and the paths in the help of the mount: the
// framework's own.
var ownWords = regexp.MustCompile(`(## PATHS\n\n)(?s:.*?)(\n\n {4}\^)`)

// The help of the whole mount, and of each of its paths.
func help(backend *framework.Backend) map[string]string {
	texts := map[string]string{}
	for _, path := range []string{"", "item/one", "item/", "anything/at/all"} {
		text := answer(backend, path)["help"].(string)
		texts[path] = ownWords.ReplaceAllString(text, "${1}…${2}")
	}
	return texts
}

func openAPI(backend *framework.Backend) any {
	document := answer(backend, "")["openapi"].(*framework.OASDocument)
	return map[string]any{"paths": document.Paths, "components": document.Components}
}

func answer(backend *framework.Backend, path string) map[string]any {
	response, err := backend.HandleRequest(context.Background(), &logical.Request{
		Operation: logical.HelpOperation,
		Path:      path,
		Data:      map[string]any{"requestResponsePrefix": "shop"},
		Storage:   &logical.InmemStorage{},
	})
	must(err)
	return response.Data
}
