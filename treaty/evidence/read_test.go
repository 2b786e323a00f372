package evidence_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"mitra/store/storetest"
	"mitra/treaty/evidence"
)

var update = flag.Bool("update", false, "write the golden file anew")

// empty is the smallest file.
const empty = `{"format":"mxp-evidence/1","conversation":"","exporter":"","cards":[],"agreements":[],"letters":[],"books":[],"shown":[]}`

func TestRead(t *testing.T) {
	if f, err := evidence.Read(strings.NewReader(empty)); err != nil {
		t.Fatal(err)
	} else if rep := evidence.Verify(f, false); rep.OK || rep.Faults[0].Code != evidence.PartiesWrong {
		t.Errorf("%+v", rep)
	}
	many := strings.Repeat(`"",`, 5000)
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"nothing":                  {"", evidence.ErrMalformed},
		"text":                     {"mxp-evidence/1", evidence.ErrMalformed},
		"another object":           {`{}`, evidence.ErrMalformed},
		"another format":           {`{"format":"mxp-bundle/1"}`, evidence.ErrMalformed},
		"a newer format":           {`{"format":"mxp-evidence/2"}`, evidence.ErrNewer},
		"a newer one, with more":   {`{"format":"mxp-evidence/2","more":[null]}`, evidence.ErrNewer},
		"a member that is unknown": {strings.Replace(empty, `"shown"`, `"more":1,"shown"`, 1), evidence.ErrMalformed},
		"a member twice":           {strings.Replace(empty, `"shown"`, `"books":[],"shown"`, 1), evidence.ErrMalformed},
		"null":                     {strings.Replace(empty, `"shown":[]`, `"shown":null`, 1), evidence.ErrMalformed},
		"other letters":            {strings.Replace(empty, `"shown"`, `"Shown"`, 1), evidence.ErrMalformed},
		"something after it":       {empty + "{}", evidence.ErrMalformed},
		"not UTF-8":                {strings.Replace(empty, `"exporter":""`, "\"exporter\":\"\xff\"", 1), evidence.ErrMalformed},
		"a fraction":               {strings.Replace(empty, `"books":[]`, `"books":[],"letters":[{"event":{"index":1.5}}]`, 1), evidence.ErrMalformed},
		"too many cards":           {strings.Replace(empty, `"cards":[]`, `"cards":[`+many+`""]`, 1), evidence.ErrMalformed},
		"too many letters":         {strings.Replace(empty, `"letters":[]`, `"letters":[`+strings.Repeat(`{},`, 5000)+`{}]`, 1), evidence.ErrMalformed},
		"too large":                {strings.Repeat(" ", evidence.MaxFile) + empty, evidence.ErrMalformed},
		"nested deep":              {strings.Replace(empty, `"cards":[]`, `"cards":[`+strings.Repeat("[", 40)+strings.Repeat("]", 40)+`]`, 1), evidence.ErrMalformed},
	} {
		if _, err := evidence.Read(strings.NewReader(c.text)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for i := range len(empty) {
		if _, err := evidence.Read(strings.NewReader(empty[:i])); err == nil {
			t.Errorf("cut off after %d bytes it is read", i)
		}
	}
}

// FuzzRead: whatever is in a file, reading and verifying it come to an end, and what is found has a name.
func FuzzRead(f *testing.F) {
	f.Add([]byte(empty))
	golden, err := os.ReadFile("testdata/evidence.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(golden)
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := evidence.Read(bytes.NewReader(b))
		if err != nil {
			if !errors.Is(err, evidence.ErrMalformed) && !errors.Is(err, evidence.ErrNewer) {
				t.Errorf("%v", err)
			}
			return
		}
		rep := evidence.Verify(file, true)
		if rep.OK != (len(rep.Faults) == 0) || rep.CannotKnow == "" {
			t.Errorf("%+v", rep)
		}
		for _, x := range append(rep.Faults, rep.Open...) {
			if x.Code == "" || x.What == "" {
				t.Errorf("%+v", x)
			}
		}
		again, err := file.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		same, err := evidence.Read(bytes.NewReader(again))
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if one, two := fmt.Sprint(rep), fmt.Sprint(evidence.Verify(same, true)); one != two {
			t.Errorf("written anew it says another thing:\n%s\n%s", one, two)
		}
	})
}

// The evidence in testdata is for other implementations, and was made once; -update makes another.
func TestGolden(t *testing.T) {
	const path = "testdata/evidence.json"
	if *update {
		c := newCorridor(t, storetest.SQLite(t), storetest.SQLite(t))
		b, err := c.kh.export(c.talk(4)).Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := evidence.Read(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	rep := evidence.Verify(f, true)
	if !rep.OK || len(rep.Open) > 0 || len(rep.Letters) != 4 || !json.Valid(rep.Letters[3].Payload) {
		t.Errorf("%+v", rep)
	}
	again, err := f.Bytes()
	if err != nil || !bytes.Equal(again, b) {
		t.Errorf("written anew it is another: %v", err)
	}
}
