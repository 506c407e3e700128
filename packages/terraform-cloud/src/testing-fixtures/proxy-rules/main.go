// Asks golang.org/x/net/http/httpproxy for the proxy of each case on standard input, a JSON array
// of {"origin": …, "env": {…}}, and prints a JSON array of their URLs, "" where there is none.
package main

import (
	"encoding/json"
	"net/url"
	"os"

	"golang.org/x/net/http/httpproxy"
)

type question struct {
	Origin string            `json:"origin"`
	Env    map[string]string `json:"env"`
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		panic(err)
	}
	answers := make([]string, 0, len(questions))
	for _, question := range questions {
		answers = append(answers, answer(question))
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		panic(err)
	}
}

func answer(question question) string {
	os.Clearenv()
	for name, value := range question.Env {
		os.Setenv(name, value)
	}
	origin, err := url.Parse(question.Origin)
	if err != nil {
		panic(err)
	}
	proxy, err := httpproxy.FromEnvironment().ProxyFunc()(origin)
	if err != nil || proxy == nil {
		return ""
	}
	return proxy.String()
}
