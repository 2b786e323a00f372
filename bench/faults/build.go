//go:build linux

package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed inject.go.txt
var injected string

// jump is what is put into package time: from so many milliseconds after its start on (MITRA_FAULT_CLOCK_AFTER),
// the wall clock of the process is off by as many seconds as MITRA_FAULT_CLOCK says. The monotonic clock goes
// on, as it does where somebody sets a machine's clock. Timers tell the time on the stack of the system: no more
// than this can be done there.
const jump = `
var jumpBy, jumpAt int64

func init() {
	by, _ := syscall.Getenv("MITRA_FAULT_CLOCK")
	after, _ := syscall.Getenv("MITRA_FAULT_CLOCK_AFTER")
	jumpBy = number(by)
	jumpAt = runtimeNano() + number(after)*1_000_000
}

func number(s string) (n int64) {
	minus := len(s) > 0 && s[0] == '-'
	for _, c := range s {
		if '0' <= c && c <= '9' {
			n = 10*n + int64(c-'0')
		}
	}
	if minus {
		return -n
	}
	return n
}

func jump(mono int64) int64 {
	if jumpBy == 0 || mono < jumpAt {
		return 0
	}
	return jumpBy
}
`

// build builds mitra with what this program needs of it, and returns its path.
func build(ctx context.Context, root, work string) (string, error) {
	goroot, err := output(ctx, root, "go", "env", "GOROOT")
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	change := func(file, suffix string, pairs ...string) error {
		b, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		text := string(b)
		for i := 0; i < len(pairs); i += 2 {
			if strings.Count(text, pairs[i]) != 1 {
				return fmt.Errorf("%s: %q does not stand there once: change bench/faults/build.go with it", file, pairs[i])
			}
			text = strings.Replace(text, pairs[i], pairs[i+1], 1)
		}
		to := filepath.Join(work, fmt.Sprintf("%d.go", len(replace)))
		replace[file] = to
		return os.WriteFile(to, []byte(text+suffix), 0o600)
	}
	if err := change(filepath.Join(goroot, "src/time/time.go"), jump,
		"\tsec, nsec, mono := runtimeNow()\n\tif mono == 0 {", "\tsec, nsec, mono := runtimeNow()\n\tsec += jump(mono)\n\tif mono == 0 {",
		"import (\n", "import (\n\t\"syscall\"\n"); err != nil {
		return "", err
	}
	if err := change(filepath.Join(root, "store/store.go"), "",
		"\treturn translate(t.Commit())\n", "\tif o.ReadOnly {\n\t\treturn translate(t.Commit())\n\t}\n\tcommitPoint(\"before\")\n\terr = t.Commit()\n\tcommitPoint(\"after\")\n\treturn translate(err)\n"); err != nil {
		return "", err
	}
	if err := change(filepath.Join(root, "treaty/journal/headfile.go"), "",
		"\tif err := os.Rename(", "\tstore.Point(\"treaty/journal.writeHeadFile before\")\n\tdefer store.Point(\"treaty/journal.writeHeadFile after\")\n\tif err := os.Rename(",
		"\t\"strings\"\n)", "\t\"strings\"\n\n\t\"mitra/store\"\n)"); err != nil {
		return "", err
	}
	inject := filepath.Join(work, "inject.go")
	if err := os.WriteFile(inject, []byte(injected), 0o600); err != nil {
		return "", err
	}
	replace[filepath.Join(root, "store/inject.go")] = inject
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(work, "overlay.json"), overlay, 0o600); err != nil {
		return "", err
	}
	bin := filepath.Join(work, "mitra")
	_, err = output(ctx, root, "go", "build", "-overlay", filepath.Join(work, "overlay.json"), "-o", bin, "./cmd/mitra")
	return bin, err
}

// output runs a command in a folder and returns what it prints.
func output(ctx context.Context, dir, name string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	var out, errw bytes.Buffer
	c.Stdout, c.Stderr = &out, &errw
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("%s: %w: %s", strings.Join(c.Args, " "), err, strings.TrimSpace(errw.String()))
	}
	return strings.TrimSpace(out.String()), nil
}
