package linkage_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mitra/identity/linkage"
	"mitra/identity/script"
)

// A nameSlice makes labelled pairs of names of one culture: two ways to write one
// person's name, and two people whose names are as alike as those of one family.
type nameSlice struct {
	name string
	same func() (a, b string)
	diff func() (a, b string)
}

const slicePairs = 500 // of each label

// TestNameSlices measures the built-in weight by culture, at the one threshold.
func TestNameSlices(t *testing.T) {
	slices := nameSlices(t, rand.New(rand.NewPCG(7, 11)))
	t.Logf("| %-34s | %5s | %9s | %6s |", "slice", "F1", "precision", "recall")
	var all score
	for _, sl := range slices {
		var s score
		var missed, wrong [2]string
		for range slicePairs {
			if a, b := sl.same(); linkage.CompareNames(a, b).Same {
				s.tp++
			} else {
				s.fn++
				missed = [2]string{a, b}
			}
			if a, b := sl.diff(); linkage.CompareNames(a, b).Same {
				s.fp++
				wrong = [2]string{a, b}
			}
		}
		all = score{all.tp + s.tp, all.fp + s.fp, all.fn + s.fn}
		t.Logf("| %-34s | %.3f | %9.3f | %6.3f |", sl.name, s.f1(), s.precision(), s.recall())
		if os.Getenv("MITRA_LINKAGE_SHOW") != "" {
			t.Logf("    missed %q, wrong %q", missed, wrong)
		}
		if s.f1() < 0.75 {
			t.Errorf("%s: F1 %.3f, want at least 0.75", sl.name, s.f1())
		}
	}
	t.Logf("| %-34s | %.3f | %9.3f | %6.3f |", "all", all.f1(), all.precision(), all.recall())
	if all.f1() < 0.9 {
		t.Errorf("F1 %.3f over all slices, want at least 0.9", all.f1())
	}
}

func (s score) precision() float64 { return float64(s.tp) / float64(s.tp+s.fp) }
func (s score) recall() float64    { return float64(s.tp) / float64(s.tp+s.fn) }

// maker draws names.
type maker struct {
	*rand.Rand
	t *testing.T
}

func (m maker) of(list []string) string { return list[m.IntN(len(list))] }

// two draws two different ones.
func (m maker) two(list []string) (a, b string) {
	for a, b = m.of(list), m.of(list); strings.EqualFold(a, b); b = m.of(list) {
	}
	return a, b
}

// typo makes one error of the keyboard in the longest word.
func (m maker) typo(name string) string {
	words := strings.Fields(name)
	long := 0
	for i, w := range words {
		if len(w) > len(words[long]) {
			long = i
		}
	}
	w := []byte(words[long])
	i := 1 + m.IntN(len(w)-2)
	switch m.IntN(4) {
	case 0:
		w = slices.Delete(w, i, i+1)
	case 1:
		w = slices.Insert(w, i, w[i])
	case 2:
		w[i], w[i+1] = w[i+1], w[i]
	default:
		w[i] = byte('a' + m.IntN(26))
	}
	words[long] = string(w)
	return strings.Join(words, " ")
}

// order writes the words in another order.
func (m maker) order(name string) string {
	w := strings.Fields(name)
	if m.IntN(2) == 0 {
		return w[len(w)-1] + ", " + strings.Join(w[:len(w)-1], " ")
	}
	return strings.ToUpper(w[len(w)-1] + " " + strings.Join(w[:len(w)-1], " "))
}

// one takes one of several ways to write a name.
func (m maker) one(ways ...func(string) string) func(string) string { return ways[m.IntN(len(ways))] }

// respell replaces one of the pairs of a table wherever its left side stands, each
// with a chance of a half, and at least one.
func (m maker) respell(name string, table ...string) string {
	out := name
	for try := 0; out == name && try < 8; try++ {
		for i := 0; i < len(table); i += 2 {
			if m.IntN(2) == 0 {
				out = strings.ReplaceAll(out, table[i], table[i+1])
			}
		}
	}
	return out
}

func words(s string) []string { return strings.Fields(s) }

func column(t *testing.T, file string, min int) (out []string) {
	_, rows := evalFile(t, file)
	for _, r := range rows {
		if n := script.Parse(r[0]); len(n.Tokens) == 1 && len(r[0]) >= min && n.Tokens[0].Kind == script.Word {
			out = append(out, r[0])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func khmerNames(t *testing.T) (given, family [][2]string) {
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "eval", "kname", "khmer_names.json"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("evaluation data kname is not beside the project")
	}
	var rows []struct{ GivenName, Surname, RomanizedGiven, RomanizedSurname string }
	if err = errors.Join(err, json.Unmarshal(data, &rows)); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range rows {
		if !seen["g"+r.RomanizedGiven] {
			given = append(given, [2]string{r.GivenName, r.RomanizedGiven})
		}
		if !seen["f"+r.RomanizedSurname] {
			family = append(family, [2]string{r.Surname, r.RomanizedSurname})
		}
		seen["g"+r.RomanizedGiven], seen["f"+r.RomanizedSurname] = true, true
	}
	return given, family
}

func nameSlices(t *testing.T, rng *rand.Rand) []nameSlice {
	m := maker{rng, t}
	given := slices.Concat(column(t, "faker_id/given_male.csv", 4), column(t, "faker_id/given_female.csv", 4))
	single := column(t, "indonesian_names/names.csv", 5)
	surname := column(t, "faker_id/surname.csv", 5)
	kGiven, kFamily := khmerNames(t)
	clans := words("Siregar Simanjuntak Nasution Lubis Harahap Hasibuan Hutabarat Hutagalung Sihombing Sitompul Situmorang Tarigan Ginting Manurung Pasaribu Tampubolon")
	birth := [][]string{words("Wayan Wy Putu Gede"), words("Made Md Kadek"), words("Nyoman Nym Komang"), words("Ketut Kt")}
	arabic := words("Rahman Rahim Aziz Hakim Hamid Halim Karim Latif Majid Malik Nasir Qadir Rasyid Salam Samad Wahid")
	islamic := words("Hidayatullah Fauzi Ridwan Syarifuddin Zulkarnain Burhanuddin Khairudin Mukhtar Firdaus Ilyas Basri Hasyim")
	latinGiven := words("Adrian Beatrice Cedric Dorothea Edmund Florence Gilbert Harriet Isidore Josephine Kenneth Lorraine Malcolm Nathaniel Ottilie Percival Rosalind Sylvester Theodora Winifred Clement Leopold Cordelia Bernadette")
	latinFamily := words("Abernathy Bellweather Castellan Dunmore Eastwick Fairbanks Goldsworth Hollander Ingersoll Kettering Lindqvist Montague Northcote Oppenheim Pemberton Quartermain Rosenthal Silverstone Thackeray Underhill Vandermeer Wetherby")
	pick := func(list [][2]string) [2]string { return list[m.IntN(len(list))] }
	pickTwo := func(list [][2]string) (a, b [2]string) {
		for a, b = pick(list), pick(list); a == b; b = pick(list) {
		}
		return a, b
	}
	family := func(given, family func() (string, string)) func() (string, string) { // of one family, another given name
		return func() (string, string) {
			x, y := given()
			f, _ := family()
			return x + " " + f, y + " " + f
		}
	}
	from := func(list []string) func() (string, string) { return func() (string, string) { return m.two(list) } }

	old := func(s string) string {
		return m.respell(strings.ToLower(s), "u", "oe", "j", "dj", "c", "tj", "y", "j", "sy", "sj", "kh", "ch")
	}
	isOld := func(s string) bool { return strings.ContainsAny(strings.ToLower(s), "ujc") }
	oldNames := slices.DeleteFunc(slices.Clone(single), func(s string) bool { return !isOld(s) })

	khmerVariant := func(s string) string {
		return m.respell(s, "ea", "ia", "ph", "p", "kh", "k", "ou", "u", "ch", "j", "eu", "oe", "th", "t", "v", "w", "ng", "nng", "y", "i", "o", "ao", "h", "", "oeu", "eu", "ey", "ei", "k", "kk", "n", "nn", "a", "ah")
	}
	slavicGiven := words("Arkady Bogdan Demyan Efim Fedot Gleb Ignat Klim Lavrenty Makar Nazar Platon Rodion Savely Tikhon Yaroslav Zakhar Semyon Vsevolod Yegor")
	slavicFamily := words("Belozerov Chudakov Drozdov Yeremeyev Gusarov Khlebnikov Zharikov Lomakin Myshkin Ovsyannikov Pchelintsev Ryabtsev Shchukin Tsvetayev Yastrebov Zubkov")
	fathers := words("Arkadyevich Bogdanovich Efimovich Glebovich Ignatovich Makarovich Nazarovich Platonovich Rodionovich Savelyevich Tikhonovich Zakharovich")
	slavicVariant := func(s string) string {
		return m.respell(s, "y", "i", "kh", "h", "zh", "j", "shch", "sch", "ts", "tz", "v", "w", "ya", "ja", "ye", "je", "ye", "e", "ch", "tch", "k", "c", "sh", "sch", "y", "j")
	}
	cyrillic := [][2]string{{"Аркадий Белозёров", "Arkady Belozerov"}, {"Глеб Щукин", "Gleb Shchukin"}, {"Захар Цветаев", "Zakhar Tsvetayev"}, {"Юлия Жарикова", "Yulia Zharikova"},
		{"Сергій Гнатенко", "Serhiy Hnatenko"}, {"Євгенія Яценко", "Yevheniia Yatsenko"}, {"Жарас Құлыбаев", "Zharas Kulybayev"}, {"Јелица Ђорђевић", "Jelica Djordjevic"}}
	other := [][2]string{{"გელა ბერიძე", "Gela Beridze"}, {"ნინო ჭავჭავაძე", "Nino Chavchavadze"}, {"Արամ Գրիգորյան", "Aram Grigoryan"}, {"Նունե Հակոբյան", "Nune Hakobyan"},
		{"Σπύρος Καλογεράς", "Spyros Kalogeras"}, {"Ευδοκία Παπαϊωάννου", "Evdokia Papaioannou"}, {"राजेश शुक्ला", "Rajesh Shukla"}, {"সুমন চক্রবর্তী", "Suman Chakrabarti"},
		{"ተስፋዬ ገብሬ", "Tesfaye Gebre"}, {"สมชาย วงศ์ดี", "Somchai Wongdi"}, {"யாழினி குமரன்", "Yalini Kumaran"}}
	semitic := [][2]string{{"طارق منصور الحربي", "Tariq Mansour al-Harbi"}, {"سعاد يوسف", "Suad Yousef"}, {"عبد الكريم بن صالح", "Abdulkarim bin Saleh"}, {"نادية حداد", "Nadia Haddad"},
		{"مهدی کریمی", "Mehdi Karimi"}, {"رضا شیرازی", "Reza Shirazi"}, {"זאב כרמלי", "Zeev Karmeli"}, {"רחל מזרחי", "Rachel Mizrahi"}, {"شاہد قریشی", "Shahid Qureshi"}, {"فاطمة الزهراني", "Fatima Al Zahrani"}}
	cjk := [][2]string{{"李明华", "Li Minghua"}, {"王建平", "Wang Jianping"}, {"陈志强", "Chen Zhi Qiang"}, {"張雅婷", "Zhang Yating"}, {"周晓梅", "Zhou Xiaomei"}, {"刘海涛", "Liu Haitao"},
		{"김민수", "Kim Min-su"}, {"박지훈", "Park Ji-hoon"}, {"이수진", "Lee Soo-jin"}, {"최동현", "Choi Donghyun"}, {"정영희", "Jung Young-hee"}, {"タナカ ハナコ", "Tanaka Hanako"}, {"さとう けんじ", "Sato Kenji"}}
	pairsOf := func(list [][2]string) (same, diff func() (string, string)) {
		same = func() (string, string) {
			p := pick(list)
			return p[0], m.one(strings.ToUpper, m.order, strings.TrimSpace)(p[1])
		}
		diff = func() (string, string) { // the family name of one, the given name of another, in either script
			for {
				p, q := pickTwo(list)
				x, y := words(p[1]), words(q[1])
				if strings.EqualFold(x[0], y[0]) {
					continue
				}
				return p[0], y[0] + " " + x[len(x)-1]
			}
		}
		return same, diff
	}
	cjkSame, _ := pairsOf(cjk)
	// Family names stand first here: another given name behind the same.
	cjkDiff := func() (string, string) {
		for {
			p, q := pickTwo(cjk)
			x, y := words(p[1]), words(q[1])
			if x[0] != y[0] {
				return p[0], x[0] + " " + strings.Join(y[1:], " ")
			}
		}
	}
	cyrSame, cyrDiff := pairsOf(cyrillic)
	semSame, semDiff := pairsOf(semitic)
	otherSame, otherDiff := pairsOf(other)
	arGiven := words("Tariq Yusuf Khalid Mustafa Suleiman Qasim Bilal Faisal Ghassan Jamal Marwan Rashid Samir Walid Zaid Hisham Ziad Anas")
	arFamily := words("Harbi Najjar Khatib Sabbagh Masri Tamimi Zubaidi Qahtani Shammari Dosari Jazairi Halabi")
	arVariant := func(s string) string {
		return m.respell(s, "q", "k", "u", "ou", "i", "ee", "Kh", "H", "sh", "ch", "a", "e", "ai", "ei", "j", "dj", "ai", "ay", "J", "Dj", "Y", "I", "bb", "b")
	}
	korean := words("Min-jun Seo-yeon Ji-hoon Soo-bin Ha-eun Do-yun Ye-jin Tae-min Sung-ho Kyung-mi Byung-chul Eun-ji Hye-won Chang-min")
	kFam := words("Kim Lee Park Choi Jung Kang Cho Yoon Jang Lim")
	mandarin := words("Xiaoming Jianguo Meiling Zhiqiang Yulan Haitao Wenjing Guofeng Lihua Shaobo Yongnian Ruoxi")
	zFam := words("Wang Zhang Chen Liu Zhou Xu Zhao Huang Lin Guo")

	wade := func(s string) string {
		return m.respell(s, "Zh", "Ch", "zh", "ch", "Xi", "Hsi", "xi", "hsi", "ng", "ng", "J", "Ch", "j", "ch", "Q", "Ch", "q", "ch", "g", "k", "Xu", "Hsu", "b", "p", "ao", "ao")
	}
	pet := [][2]string{{"William", "Bill"}, {"Robert", "Bob"}, {"Elizabeth", "Betty"}, {"Margaret", "Peggy"}, {"Richard", "Dick"}, {"Katherine", "Kate"}, {"Michael", "Mike"}, {"Edward", "Ted"},
		{"Dmitri", "Dima"}, {"Alexander", "Sasha"}, {"Maria", "Masha"}, {"Francisco", "Paco"}, {"Jose", "Pepe"}, {"Giuseppe", "Beppe"}, {"Heinrich", "Heinz"}, {"Yohanes", "Yan"}, {"Fransiskus", "Frans"}}
	chinese := [][2]string{{"Tan", "Tanujaya"}, {"Lim", "Salim"}, {"Oei", "Wijaya"}, {"Ong", "Ongko"}, {"Kwee", "Kusnadi"}, {"Liem", "Halim"}, {"Thio", "Tirto"}, {"Lie", "Lesmana"}, {"Tjia", "Cahyadi"}}
	hokkien := words("Hok Beng Tiong Swie Giok Lan Siok Hwa Kiem Nio Boen Liong Kok Seng")

	return []nameSlice{
		{"Indonesia: one name", func() (string, string) {
			x := m.of(single)
			return x, m.one(func(s string) string { return s + " " + s }, func(s string) string { return "FNU " + s }, func(s string) string { return s + " LNU" }, strings.ToUpper, m.typo)(x)
		}, from(single)},
		{"Indonesia: two names", func() (string, string) {
			x := m.of(given) + " " + m.of(surname)
			return x, m.one(m.order, m.typo, func(s string) string { return "Hj. " + s }, func(s string) string { return s + ", S.E." }, func(s string) string { return strings.ReplaceAll(s, " ", "") })(x)
		}, family(from(given), from(surname))},
		{"Indonesia: old spelling", func() (string, string) { x := m.of(oldNames) + " " + m.of(surname); return x, old(x) },
			func() (string, string) {
				x, y := m.two(oldNames)
				f := m.of(surname)
				return x + " " + f, old(y + " " + f)
			}},
		{"Indonesia: Batak", func() (string, string) {
			g, h, c := m.of(given), m.of(given), m.of(clans)
			return g + " " + h + " " + c, m.one(func(string) string { return g + " " + h[:1] + ". " + c }, func(string) string { return g + " " + c }, m.order, m.typo)(g + " " + h + " " + c)
		}, family(from(given), from(clans))},
		{"Indonesia: Bali", func() (string, string) {
			g, order := m.of(given)+" "+m.of(surname), birth[m.IntN(len(birth))]
			return "I " + order[0] + " " + g, m.one(func(string) string { return order[0] + " " + g }, func(string) string { return "I " + order[1] + " " + g }, func(string) string { return g }, m.typo)("I " + order[0] + " " + g)
		}, func() (string, string) {
			x, y := m.two(given)
			f, i, j := m.of(surname), m.IntN(len(birth)), m.IntN(len(birth))
			if i == j {
				return "Ni " + birth[i][0] + " " + x + " " + f, "Ni " + birth[j][0] + " " + y + " " + f
			}
			return "I " + birth[i][0] + " " + x + " " + f, "I " + birth[j][0] + " " + x + " " + f
		}},
		{"Indonesia: Arabic-derived", func() (string, string) {
			x, y := m.of(arabic), m.of(islamic)
			forms := []string{"Muhammad Abdul " + x + " " + y, "Moh. Abdul " + x + " " + y, "M. Abdul" + strings.ToLower(x) + " " + y, "Abd. " + x + " " + y, "MUHAMAD ABDUL " + x + " " + y}
			return m.two(forms)
		}, func() (string, string) {
			x, y := m.two(arabic)
			f := m.of(islamic)
			return "Muhammad Abdul " + x + " " + f, m.of([]string{"Muhammad", "Moh.", "M."}) + " Abdul " + y + " " + f
		}},
		{"Indonesia: Chinese", func() (string, string) {
			p := pick(chinese)
			x, y := m.two(hokkien)
			return p[0] + " " + x + " " + y, p[1] + " " + x + " " + y
		}, func() (string, string) {
			p := pick(chinese)
			x, y := m.two(hokkien)
			return p[0] + " " + x + " " + y, p[1] + " " + y + " " + m.of(hokkien)
		}},
		{"Cambodia: orders, spellings", func() (string, string) {
			x := pick(kFamily)[1] + " " + pick(kGiven)[1]
			return x, m.one(m.order, khmerVariant, func(s string) string { return m.order(khmerVariant(s)) })(x)
		}, func() (string, string) {
			x, y := pickTwo(kGiven)
			f := pick(kFamily)[1]
			return f + " " + x[1], m.one(m.order, strings.ToUpper)(f + " " + y[1])
		}},
		{"Cambodia: Khmer script, Latin", func() (string, string) {
			g, f := pick(kGiven), pick(kFamily)
			return f[0] + " " + g[0], m.one(m.order, strings.ToUpper)(f[1] + " " + g[1])
		}, func() (string, string) {
			x, y := pickTwo(kGiven)
			f := pick(kFamily)
			return f[0] + " " + x[0], f[1] + " " + y[1]
		}},
		{"Latin: typing errors", func() (string, string) { x := m.of(latinGiven) + " " + m.of(latinFamily); return x, m.typo(x) }, family(from(latinGiven), from(latinFamily))},
		{"Latin: order, middle name, initials", func() (string, string) {
			g, h, f := m.of(latinGiven), m.of(latinGiven), m.of(latinFamily)
			x := g + " " + h + " " + f
			return x, m.one(m.order, func(string) string { return g + " " + f }, func(string) string { return g + " " + h[:1] + ". " + f }, func(string) string { return g[:1] + ". " + f }, func(s string) string { return "Dr. " + s + " Jr." })(x)
		}, func() (string, string) {
			x, y := m.two(latinGiven)
			f, h := m.of(latinFamily), m.of(latinGiven)
			switch m.IntN(3) {
			case 0:
				return x + " " + h + " " + f, y + " " + h + " " + f
			case 1:
				return x + " " + f + " Jr.", x + " " + f + " Sr."
			}
			return h + " " + x + " " + f, h + " " + y + " " + f
		}},
		{"Latin: pet forms (own table)", func() (string, string) { p := pick(pet); f := m.of(latinFamily); return p[0] + " " + f, p[1] + " " + f },
			func() (string, string) {
				x, y := pickTwo(pet)
				f := m.of(latinFamily)
				return x[0] + " " + f, y[1] + " " + f
			}},
		{"Slavic: spellings, patronymics", func() (string, string) {
			g, p, f := m.of(slavicGiven), m.of(fathers), m.of(slavicFamily)
			return g + " " + p + " " + f, m.one(func(string) string { return slavicVariant(g + " " + f) }, func(s string) string { return slavicVariant(s) }, m.order, func(s string) string { return f + " " + g })(g + " " + p + " " + f)
		}, func() (string, string) {
			x, y := m.two(slavicGiven)
			p, q := m.two(fathers)
			f := m.of(slavicFamily)
			if m.IntN(2) == 0 {
				return x + " " + p + " " + f, x + " " + q + " " + f
			}
			return x + " " + p + " " + f, y + " " + p + " " + f
		}},
		{"Slavic: women's family names", func() (string, string) {
			f := m.of(slavicFamily)
			g := "Lyubov"
			return g + " " + f + "a", m.order(g + " " + f)
		},
			func() (string, string) {
				f := m.of(slavicFamily)
				return "Lyubov " + f + "a", m.of(slavicGiven) + " " + f
			}},
		{"Arabic: spellings, bin, al", func() (string, string) {
			g, p, f := m.of(arGiven), m.of(arGiven), m.of(arFamily)
			x := g + " bin " + p + " al-" + f
			return x, m.one(arVariant, func(string) string { return arVariant(g + " " + p + " Al " + f) }, func(string) string { return "AL-" + strings.ToUpper(f) + ", " + g + " ibn " + p }, func(string) string { return g + " El-" + f }, func(s string) string { return "Sheikh " + s })(x)
		}, func() (string, string) {
			x, y := m.two(arGiven)
			p, q := m.two(arFamily)
			switch m.IntN(3) {
			case 0:
				return x + " bin " + y + " al-" + p, y + " bin " + x + " al-" + p
			case 1:
				return x + " " + y + " al-" + p, x + " " + y + " al-" + q
			}
			return x + " bin " + m.of(arGiven) + " al-" + p, y + " bin " + m.of(arGiven) + " al-" + p
		}},
		{"Korean", func() (string, string) {
			x := m.of(kFam) + " " + m.of(korean)
			return x, m.one(func(s string) string { return strings.ReplaceAll(s, "-", " ") }, func(s string) string { return strings.ReplaceAll(s, "-", "") }, m.order,
				func(s string) string {
					return m.respell(s, "Lee", "Ri", "Park", "Pak", "Jung", "Chong", "Choi", "Choe", "oo", "u", "eo", "o", "eu", "u", "Cho", "Jo", "Yoon", "Yun")
				})(x)
		}, func() (string, string) { x, y := m.two(korean); f := m.of(kFam); return f + " " + x, f + " " + y }},
		{"Chinese in Latin letters", func() (string, string) {
			x := m.of(zFam) + " " + m.of(mandarin)
			return x, m.one(m.order, wade, strings.ToUpper)(x)
		},
			func() (string, string) { x, y := m.two(mandarin); f := m.of(zFam); return f + " " + x, f + " " + y }},
		{"Chinese, Korean, kana and Latin", cjkSame, cjkDiff},
		{"Cyrillic and Latin", cyrSame, cyrDiff},
		{"Arabic, Hebrew and Latin", semSame, semDiff},
		{"eight other scripts and Latin", otherSame, otherDiff},
	}
}
