package rules

import (
	"embed"
	"fmt"
)

//go:embed agreement/*.json
var agreements embed.FS

// Agreement returns the template of an agreement called name, such as kh-id-draft, as
// treaty/agreement reads it. Those that are shipped are drafts of this project: texts to
// start from, which nobody has agreed to. The error wraps [ErrNoPack] if there is none.
func Agreement(name string) ([]byte, error) {
	b, err := agreements.ReadFile("agreement/" + name + ".json")
	if err != nil {
		return nil, fmt.Errorf("%w: agreement %q", ErrNoPack, name)
	}
	return b, nil
}
