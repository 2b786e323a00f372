package store_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mitra/store"
)

func TestTimeOrderIsTextOrder(t *testing.T) {
	anyTime := rapid.Custom(func(t *rapid.T) time.Time {
		zone := time.FixedZone("", 900*rapid.IntRange(-48, 56).Draw(t, "zone"))
		return time.UnixMicro(rapid.Int64Range(-62e15, 253e15).Draw(t, "µs")).In(zone)
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyTime.Draw(t, "a"), anyTime.Draw(t, "b")
		if a.Before(b) != (store.Time(a) < store.Time(b)) {
			t.Fatalf("%s and %s", store.Time(a), store.Time(b))
		}
		if got, err := store.ParseTime(store.Time(a)); err != nil || !got.Equal(a) {
			t.Fatalf("%s came back as %v, %v", store.Time(a), got, err)
		}
	})
}

func TestParseTimeTakesOneForm(t *testing.T) {
	for _, s := range []string{
		"", "2024-03-13", "2024-03-13T00:00:00Z", "2024-03-13T00:00:00.123Z", "2024-03-13T00:00:00.123456",
		"2024-03-13T00:00:00.123456+07:00", "2024-03-13T00:00:00.1234567Z", "2024-02-30T00:00:00.000000Z",
		"2024-03-13T00:00:00,123456Z", " 2024-03-13T00:00:00.123456Z",
	} {
		if _, err := store.ParseTime(s); err == nil {
			t.Errorf("ParseTime took %q", s)
		}
	}
}

func TestIDsSort(t *testing.T) {
	ids := make([]string, 10_000)
	for i := range ids {
		ids[i] = store.NewID()
	}
	if !slices.IsSorted(ids) || len(slices.Compact(ids)) != 10_000 {
		t.Error("ids are not in the order in which they were made")
	}
}
