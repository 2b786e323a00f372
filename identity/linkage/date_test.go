package linkage

import "testing"

func TestParseDateKeepsWhatIsNoDay(t *testing.T) {
	for in, want := range map[string]dateValue{
		"1990-03-25": {1990, 3, 25}, "25/03/1990": {1990, 3, 25}, "3/25/1990": {1990, 25, 3}, "12/25/90": {1990, 25, 12},
		"1945-05-32": {1945, 5, 32}, "19450532": {1945, 5, 32}, "05321945": {1945, 32, 5}, "1990": {1990, 0, 0},
	} {
		if got, ok := parseDate(in, 2029); !ok || got != want {
			t.Errorf("%q is read as %v, %v; want %v", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "x", "1/2", "0/25/1990", "3/25/9999999999", "111/25/1990", "3/25/199"} {
		if got, ok := parseDate(in, 2029); ok {
			t.Errorf("%q is read as %v", in, got)
		}
	}
	iso, _ := parseDate("1990-03-25", 2029)
	us, _ := parseDate("3/25/1990", 2029)
	if lv := dateLevel(iso, us); lv != dateSwapped {
		t.Errorf("the month first is %s", dateLevelNames[lv])
	}
}
