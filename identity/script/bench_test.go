package script

import "testing"

func BenchmarkParse(b *testing.B) {
	for _, c := range []struct{ name, in string }{
		{"plain", "BUDI SANTOSO WIJAYA"},
		{"titles", "Drs. H. Moch. Budi bin Ahmad, S.H."},
		{"old spelling", "Soeharto Djojohadikoesoemo"},
		{"accents", "Jürgen Müller"},
		{"Khmer", "សុខ សុវណ្ណារ៉ា"},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Parse(c.in)
			}
		})
	}
}

func BenchmarkSkeleton(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Skeleton("khairuddin")
	}
}

func BenchmarkFoldLatin(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		FoldLatin("Budi Santoso-Wijaya")
	}
}

func BenchmarkKhmerCanonical(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		KhmerCanonical("សុវណ្ណារ៉ា")
	}
}
