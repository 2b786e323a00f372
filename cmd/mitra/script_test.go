//go:build unix

package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"mitra/store"
	"mitra/store/storetest"
)

// TestMain lets the test binary be the program itself, so that scripts run
// commands as users type them.
func TestMain(m *testing.M) {
	work = 4 // no passphrase of a test is worth a second
	testscript.Main(m, map[string]func(){
		"mitra":         main,
		"mitra-limited": limited,
		"mitra-humble":  humble,
		"mitra-alone":   alone,
		"mitra-room":    room,
	})
}

// TestScripts runs what needs no database or does not depend on its kind.
func TestScripts(t *testing.T) {
	testscript.Run(t, params("", "testdata/script"))
}

// TestNodeOnSQLiteAndPostgreSQL runs the scripts of a node on both databases:
// SQLite always, PostgreSQL where storetest finds a server.
func TestNodeOnSQLiteAndPostgreSQL(t *testing.T) {
	scripts, err := filepath.Glob("testdata/node/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, script := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(script), ".txtar"), func(t *testing.T) {
			t.Parallel()
			storetest.EachDSN(t, func(t *testing.T, dsn string) {
				if !store.IsPostgres(dsn) {
					dsn = "" // the node makes its own
				}
				testscript.Run(t, params(dsn, "", script))
			})
		})
	}
}

// params are those of all scripts; dsn, if not empty, is what MITRA_DB holds.
func params(dsn, dir string, files ...string) testscript.Params {
	return testscript.Params{
		Dir: dir, Files: files,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Deadline:            time.Now().Add(10 * time.Minute), // a command that never ends fails at its line
		Cmds:                scriptCommands,
		Setup: func(env *testscript.Env) error {
			if dsn != "" {
				env.Setenv("MITRA_DB", dsn)
			}
			env.Setenv("MITRA_HOME", filepath.Join(env.WorkDir, "home"))
			golden, err := filepath.Abs("../../treaty/evidence/testdata/evidence.json")
			env.Setenv("EVIDENCE", golden)
			return err
		},
		Condition: func(cond string) (bool, error) {
			if cond == "room" {
				return hasRoom(), nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
	}
}
