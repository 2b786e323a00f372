package person

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// readings are cells as registers write them, with the date and the slip that
// they mean under the pivot 2026.
var readings = []struct {
	in, want string
	slip     Slip
}{
	{"1990-05-17", "1990-05-17", 0},
	{" 1990-05-17 ", "1990-05-17", 0},
	{"1990-05-17T08:30:00Z", "1990-05-17", 0},
	{"1990-05-17T08:30:00.123+07:00", "1990-05-17", 0},
	{"1990-05-17 00:00:00", "1990-05-17", 0},
	{"17/05/1990 0:00", "1990-05-17", 0},
	{"17/05/1990 12:00:00 AM", "1990-05-17", 0},
	{"19900517", "1990-05-17", 0},
	{"1990-5-7", "1990-05-07", 0},
	{"1990/05/17", "1990-05-17", 0},
	{"1990.05.17", "1990-05-17", 0},
	{"1990 05 17", "1990-05-17", 0},
	{"17/05/1990", "1990-05-17", 0},
	{"17.05.1990", "1990-05-17", 0},
	{"17-05-1990", "1990-05-17", 0},
	{"17 05 1990", "1990-05-17", 0},
	{"17 / 5 / 1990", "1990-05-17", 0},
	{"7. 5. 1990", "1990-05-07", 0},
	{"29/02/2024", "2024-02-29", 0},

	{"17 May 1990", "1990-05-17", 0},
	{"17-May-1990", "1990-05-17", 0},
	{"May 17, 1990", "1990-05-17", 0},
	{"17th May 1990", "1990-05-17", 0},
	{"1st Aug 1990", "1990-08-01", 0},
	{"17 Mei 1990", "1990-05-17", 0},
	{"17 MEI 1990", "1990-05-17", 0},
	{"17-Agt-1990", "1990-08-17", 0},
	{"17 Agustus 1990", "1990-08-17", 0},
	{"17Nop1990", "1990-11-17", 0},
	{"3 Peb. 1990", "1990-02-03", 0},
	{"17-Des-90", "1990-12-17", SlipTwoDigitYear},
	{"Mei 1990", "1990-05", 0},
	{"1990 Mei 17", "1990-05-17", 0},

	{"១៧/០៥/១៩៩០", "1990-05-17", SlipOtherDigits},
	{"១៧ ឧសភា ១៩៩០", "1990-05-17", SlipOtherDigits},
	{"ថ្ងៃទី១៧ ខែឧសភា ឆ្នាំ១៩៩០", "1990-05-17", SlipOtherDigits},
	{"ថ្ងៃទី១៧ខែឧសភាឆ្នាំ១៩៩០", "1990-05-17", SlipOtherDigits},
	{"ថ្ងៃទី17 ខែ05 ឆ្នាំ1990", "1990-05-17", 0},
	{"ថ្ងៃ\u200Bទី១៧\u200Bខែ\u200Bវិច្ឆិកា\u200Bឆ្នាំ\u200B១៩៩០", "1990-11-17", SlipOtherDigits},
	{"ខែកុម្ភៈ ឆ្នាំ១៩៩០", "1990-02", SlipOtherDigits},
	{"១៧-០៥-២៥៣៣", "1990-05-17", SlipOtherDigits | SlipBuddhistEra},
	{"17\u00A0Mei\u00A01990", "1990-05-17", 0},
	{"17–05–1990", "1990-05-17", 0},

	{"2533-05-17", "1990-05-17", SlipBuddhistEra},
	{"17/05/2533", "1990-05-17", SlipBuddhistEra},
	{"25330517", "1990-05-17", SlipBuddhistEra},
	{"2533", "1990", SlipBuddhistEra},
	{"2400", "1857", SlipBuddhistEra},
	{"2650", "2107", SlipBuddhistEra},
	{"29/02/2535", "1992-02-29", SlipBuddhistEra},

	{"17/05/90", "1990-05-17", SlipTwoDigitYear},
	{"17/05/26", "2026-05-17", SlipTwoDigitYear},
	{"17/05/27", "1927-05-17", SlipTwoDigitYear},
	{"17/05/00", "2000-05-17", SlipTwoDigitYear},

	{"33010", "1990-05-17", SlipExcelSerial},
	{"33010.5", "1990-05-17", SlipExcelSerial},
	{"33010,354166667", "1990-05-17", SlipExcelSerial},
	{"45351", "2024-02-29", SlipExcelSerial},
	{"10000", "1927-05-18", SlipExcelSerial},
	{"99999", "2173-10-13", SlipExcelSerial},
	{"៣៣០១០", "1990-05-17", SlipExcelSerial | SlipOtherDigits},

	{"1990", "1990", 0},
	{"1990-05", "1990-05", 0},
	{"05/1990", "1990-05", 0},
	{"00/00/1990", "1990", 0},
	{"00/05/1990", "1990-05", 0},
	{"1990-00-00", "1990", 0},
	{"1990-05-00", "1990-05", 0},
	{"19900500", "1990-05", 0},
	{"XX/XX/1990", "1990", 0},
	{"xx/05/1990", "1990-05", 0},
	{"1990-XX-XX", "1990", 0},
	{"XX Mei 1990", "1990-05", 0},

	{"", "", 0},
	{"  ", "", 0},
	{"00/00/0000", "", 0},
	{"00/00/00", "", 0},
	{"0000-00-00", "", 0},
	{"00000000", "", 0},
	{"XX/XX/XXXX", "", 0},
}

func TestParseDate(t *testing.T) {
	for _, c := range readings {
		d, err := ParseDate(c.in, 2026)
		if err != nil || d.String() != c.want || d.Slip != c.slip {
			t.Errorf("%q: got %q (%v), %v; want %q (%v)", c.in, d, d.Slip, err, c.want, c.slip)
		}
	}
}

func TestParseDateRefuses(t *testing.T) {
	for _, c := range []struct{ in, reason string }{
		{"31/02/1990", "no such day"},
		{"29/02/2023", "no such day"},
		{"29/02/1900", "no such day"},
		{"1990-02-31", "no such day"},
		{"29/02/2534", "no such day"}, // 1991
		{"05/13/1990", "twelve months"},
		{"1990-13-05", "twelve months"},
		{"32/01/1990", "no such day"},
		{"90-05-17", "no such day"},
		{"17/00/1990", "without its month"},
		{"1990-00-17", "without its month"},
		{"17/05/0000", "year is missing"},
		{"17/05/XXXX", "year is missing"},
		{"17/05", "year is missing"},
		{"17 Mei", "year is missing"},
		{"Mei", "year is missing"},
		{"Mei 90", "year is missing"},
		{"05/90", "year is missing"},
		{"17/05/199", "four digits"},
		{"1700-01-01", "between 1850 and 2200"},
		{"1849-12-31", "between 1850 and 2200"},
		{"2201-01-01", "between 1850 and 2200"},
		{"2399", "between 1850 and 2200"},
		{"2651", "between 1850 and 2200"},
		{"17051990", "between 1850 and 2200"},
		{"199005", "no date"},
		{"3", "no date"},
		{"-33010", "not written"},
		{"33010.", "not written"},
		{"01234", "begin with zero"},
		{"17//05/1990", "not written"},
		{"17/05/1990/3", "more parts"},
		{"17/05-1990", "not written"},
		{"17,05,1990", "not written"},
		{"17 Smarch 1990", "no month"},
		{"17 05 Mei", "wrong place"},
		{"1990 17 Mei", "two digits|wrong place"},
		{"n/a", "no month"},
		{"-", "not written"},
		{"=A1", "no date"},
		{"1990-05-17 25:00", "time of day"},
		{"1990-05-17 12:61", "time of day"},
		{"1990-05-17T12:00:00Zulu", "time of day"},
		{"12:30", "time of day"},
		{"123456789012345678901234567890", "more digits"},
		{strings.Repeat("1", 200), "too long"},
		{"17/05/1990\x00", "no date"},
		{"17/\xff\xfe/1990", "no month"},
	} {
		d, err := ParseDate(c.in, 2026)
		var p *ParseError
		if !errors.As(err, &p) || !d.IsZero() {
			t.Errorf("%q: got %q, %v; want an error", c.in, d, err)
			continue
		}
		found := false
		for _, r := range strings.Split(c.reason, "|") {
			found = found || strings.Contains(p.Reason, r)
		}
		if !found {
			t.Errorf("%q: reason %q, want %q", c.in, p.Reason, c.reason)
		}
	}
}

func TestMonthFirstIsHinted(t *testing.T) {
	for in, hinted := range map[string]bool{"05/13/1990": true, "05-13-90": true, "13/13/1990": false, "31/02/1990": false, "5/17/1990 12:00:00 AM": true} {
		_, err := ParseDate(in, 2026)
		var p *ParseError
		if !errors.As(err, &p) || strings.Contains(p.Hint, "month first") != hinted {
			t.Errorf("%q: %v, hint %q", in, err, p.Hint)
		}
	}
}

func TestPivot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pivot := rapid.IntRange(firstYear+99, lastYear).Draw(t, "pivot")
		yy := rapid.IntRange(0, 99).Draw(t, "yy")
		cell := []byte("17/05/__")
		cell[6], cell[7] = '0'+byte(yy/10), '0'+byte(yy%10)
		d, err := ParseDate(string(cell), pivot)
		if err != nil || int(d.Year) > pivot || int(d.Year) < pivot-99 || int(d.Year)%100 != yy || d.Slip != SlipTwoDigitYear {
			t.Fatalf("pivot %d, year %02d: %s, %v", pivot, yy, d, err)
		}
	})
	if _, err := ParseDate("17/05/90", 0); err == nil {
		t.Error("a pivot that leads out of 1850–2200 reads a two-digit year")
	}
}

// TestSerialsAreContinuous compares with the calendar, one day at a time.
func TestSerialsAreContinuous(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(10000, 99999).Draw(t, "serial")
		d := dateOfSerial(n)
		if d.Days() != n-25569 { // 25569 is 1970-01-01
			t.Fatalf("serial %d is %s", n, d)
		}
	})
}

func TestOrdinaryDatesDoNotAllocate(t *testing.T) {
	for _, s := range []string{"1990-05-17", "17/05/1990", "17-5-90", "33010", "17 Mei 1990", "19900517", "1990-05-17 00:00:00"} {
		if n := testing.AllocsPerRun(100, func() { ParseDate(s, 2026) }); n != 0 {
			t.Errorf("%s: %v allocations", s, n)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, c := range readings {
		f.Add(c.in, 2026)
	}
	for _, s := range []string{"31/02/1990", "05/13/1990", "XXXX-05-17", "ឆ្នាំ", "ថ្ងៃទី", "12:30", "1990-05-17T", "៣៣០១០.៥", "\xff\xff-\xff"} {
		f.Add(s, -1)
	}
	f.Fuzz(func(t *testing.T, s string, pivot int) {
		d, err := ParseDate(s, pivot)
		if err != nil {
			if d != (Date{}) {
				t.Errorf("%q: an error and a date", s)
			}
			return
		}
		again, err := ParseDate(d.String(), pivot)
		d.Slip = 0
		if err != nil || again != d {
			t.Errorf("%q reads as %s, which reads as %s (%v)", s, d, again, err)
		}
		if !d.IsZero() {
			if _, err := DateOf(int(d.Latest().Year), int(d.Latest().Month), int(d.Latest().Day)); err != nil {
				t.Errorf("%q reads as %s, which no calendar has", s, d)
			}
		}
	})
}

func BenchmarkParseDate(b *testing.B) {
	for _, s := range []string{"1990-05-17", "17/05/1990", "17 Mei 1990", "33010", "១៧/០៥/២៥៣៣"} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseDate(s, 2026); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
