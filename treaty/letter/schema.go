package letter

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"mitra/treaty/signed"
)

//go:embed schema/*.json
var schemas embed.FS

// A rule is what holds for a type beside its schema.
type rule struct {
	// free: it carries nothing about anybody and needs no agreement.
	free bool
	// answers: it answers a letter.
	answers bool
}

var rules = map[string]rule{
	"ping":                            {free: true},
	"card":                            {free: true},
	"agreement":                       {free: true},
	"reconcile":                       {free: true},
	"enquiry":                         {},
	"answer":                          {answers: true},
	"release-request":                 {answers: true},
	"release":                         {answers: true},
	"nothing-to-release":              {answers: true},
	"nationality-verification":        {},
	"nationality-verification-answer": {answers: true},
	"document-verification":           {},
	"document-verification-answer":    {answers: true},
	"alert":                           {},
	"welfare-check":                   {},
	"welfare-check-answer":            {answers: true},
	"referral":                        {},
	"referral-reply":                  {answers: true},
	"fraud-notice":                    {},
	"statistics":                      {},
	"commitment":                      {},
	"correction":                      {},
	"withdrawal":                      {},
	"erasure-request":                 {},
}

// Types are the types of letters, in order.
func Types() []string {
	var out []string
	for t := range rules {
		out = append(out, t)
	}
	slices.Sort(out)
	return out
}

// NeedsAgreement says whether letters of a type need an agreement: all but those that carry
// nothing about anybody.
func NeedsAgreement(typ string) bool { return !rules[typ].free }

// SchemaID is the id of a type's schema: what the header member sch says.
func SchemaID(typ string) string { return "urn:mxp:schema:" + typ + ":1" }

// Schema is the published schema of a type; that of "common" holds what they share.
func Schema(typ string) ([]byte, bool) {
	b, err := schemas.ReadFile("schema/" + typ + ".json")
	return b, err == nil
}

// nothing is a loader that loads nothing: all schemas are in the program.
type nothing struct{}

func (nothing) Load(string) (any, error) { return nil, errors.New("not in the program") }

// compiled are the schemas of all types, compiled when the first is needed.
var compiled = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.UseLoader(nothing{})
	files, err := schemas.ReadDir("schema")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		b, err := schemas.ReadFile(path.Join("schema", f.Name()))
		if err != nil {
			return nil, err
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			return nil, fmt.Errorf("schema %s: %w", f.Name(), err)
		}
		if err := c.AddResource(SchemaID(strings.TrimSuffix(f.Name(), ".json")), doc); err != nil {
			return nil, fmt.Errorf("schema %s: %w", f.Name(), err)
		}
	}
	out := map[string]*jsonschema.Schema{}
	for t := range rules {
		if out[t], err = c.Compile(SchemaID(t)); err != nil {
			return nil, fmt.Errorf("schema %s: %w", t, err)
		}
	}
	return out, nil
})

// checkPayload holds a payload of a known type against its schema, and the handling code.
func checkPayload(typ, handling string, payload json.RawMessage) error {
	var members map[string]json.RawMessage
	if err := signed.Strict(payload, &members); err != nil {
		return refuse(Malformed, "payload: %w", err)
	}
	all, err := compiled()
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(payload))
	if err != nil {
		return refuse(Malformed, "payload: not JSON")
	}
	if err := all[typ].Validate(v); err != nil {
		wrong, ok := errors.AsType[*jsonschema.ValidationError](err)
		if !ok {
			return err
		}
		return refuse(SchemaInvalid, "payload: %s", strings.Join(faults(wrong), "; "))
	}
	if _, stated := members["conditions"]; stated != (handling == "H3") {
		return refuse(SchemaInvalid, "payload: /conditions stands there for handling code H3, and for no other")
	}
	return nil
}

// maxFaults is how many faults a refusal names.
const maxFaults = 8

// faults say where a payload does not fit, in JSON pointers, and never what stands there: all
// members on the way are ones that a schema names, for the schemas are closed.
func faults(e *jsonschema.ValidationError) []string {
	var out []string
	var walk func(*jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		why := reason(e.ErrorKind)
		if why == "" {
			for _, c := range e.Causes {
				walk(c)
			}
			return
		}
		at := "/" + strings.Join(e.InstanceLocation, "/")
		out = append(out, at+" "+why)
	}
	walk(e)
	slices.Sort(out)
	out = slices.Compact(out)
	if len(out) > maxFaults {
		out = append(out[:maxFaults], "and more")
	}
	return out
}

// reason is a kind of fault in words; empty for those that only hold others.
func reason(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Schema, *kind.Group, *kind.Reference, *kind.AllOf:
		return ""
	case *kind.Required:
		return "misses " + strings.Join(k.Missing, ", ")
	case *kind.AdditionalProperties:
		return "has a member that is not known"
	case *kind.Type:
		return "is not of type " + strings.Join(k.Want, " or ")
	case *kind.Enum, *kind.Const:
		return "is none of the values allowed"
	case *kind.Pattern:
		return "does not have the form"
	case *kind.MaxLength, *kind.MaxItems, *kind.Maximum:
		return "is too long or too large"
	case *kind.MinLength, *kind.MinItems, *kind.Minimum, *kind.MinProperties:
		return "is too short or too small"
	case *kind.UniqueItems:
		return "has something twice"
	case *kind.AnyOf, *kind.OneOf, *kind.Not:
		return "does not have the members that go together"
	}
	return "does not fit"
}
