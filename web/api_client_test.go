package web_test

import (
	"bytes"
	"context"
	"flag"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/uuid"

	desk "mitra/web/api/client"
)

var update = flag.Bool("update", false, "write the generated client anew")

// The client is what the description of the interface makes.
func TestAPIClientIsCurrent(t *testing.T) {
	x := newSite(t)
	_, _, doc := (&program{x: x}).do("GET", "/openapi.json", nil)
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "openapi.json"), []byte(doc), 0o600))
	made := filepath.Join(dir, "client.go")
	out, err := exec.Command("go", "tool", "-modfile=../tools/go.mod", "oapi-codegen", "-config", "api/client/config.yaml", "-o", made, filepath.Join(dir, "openapi.json")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want, err := os.ReadFile(made)
	must(t, err)
	if *update {
		must(t, os.WriteFile("api/client/client.go", want, 0o600))
	}
	is, err := os.ReadFile("api/client/client.go")
	must(t, err)
	if !bytes.Equal(is, want) {
		t.Error("web/api/client is of another description: go test ./web -run TestAPIClientIsCurrent -update")
	}
}

var _ = []any{context.Background, http.StatusOK, uuid.New, desk.Client{}}
