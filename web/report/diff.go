package report

import (
	"strings"

	"mitra/web/locale"
)

// Run is a part of a value that the other record has too, or has not.
type Run struct {
	Text    string
	Differs bool
}

// most is the largest product of lengths that is compared letter by letter;
// beyond it, which no name reaches, both values are marked as a whole.
const most = 250_000

// Diff marks in two values the letters that the other lacks: those outside a
// longest common subsequence of clusters. Case alone is no difference. The runs
// of a side joined are its value.
func Diff(left, right string) (l, r []Run) {
	a, b := locale.Clusters(left), locale.Clusters(right)
	if len(a)*len(b) > most {
		same := strings.EqualFold(left, right)
		return []Run{{left, !same}}, []Run{{right, !same}}
	}
	// common[i][j] is the length of the longest common subsequence of a[i:] and b[j:].
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if strings.EqualFold(a[i], b[j]) {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && strings.EqualFold(a[i], b[j]):
			l, r = grow(l, a[i], false), grow(r, b[j], false)
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			l = grow(l, a[i], true)
			i++
		default:
			r = grow(r, b[j], true)
			j++
		}
	}
	return l, r
}

func grow(runs []Run, text string, differs bool) []Run {
	if n := len(runs); n > 0 && runs[n-1].Differs == differs {
		runs[n-1].Text += text
		return runs
	}
	return append(runs, Run{text, differs})
}
