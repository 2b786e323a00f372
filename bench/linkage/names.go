package main

import (
	"math"
	"math/rand/v2"
	"sort"
	"strings"
)

// The heads of the lists are words that very many people bear, written from
// general knowledge in a guessed order; the tails follow from a grammar of
// syllables. A colon sets off what somebody of that name is also called.
const (
	headMen = `James:Jim,Jimmy,Jamie John:Jack,Johnny Robert:Bob,Rob,Bobby Michael:Mike,Mick William:Bill,Will,Billy
		David:Dave Thomas:Tom,Tommy Richard:Rick,Dick Joseph:Joe Daniel:Dan,Danny Charles:Charlie,Chuck Peter:Pete
		Christopher:Chris,Kit Matthew:Matt Anthony:Tony Mark Paul Andrew:Andy,Drew Steven:Steve Kenneth:Ken George Edward:Ed,Ted,Eddie
		Brian Ronald:Ron Timothy:Tim Jason Jeffrey:Jeff Jacob:Jake Nicholas:Nick Eric Jonathan:Jon Stephen:Steve Larry Justin Scott
		Benjamin:Ben Samuel:Sam Gregory:Greg Alexander:Alex,Sandy Patrick:Pat,Paddy Frank Raymond:Ray Dennis Walter:Walt Henry:Harry
		Adam Nathan:Nate Zachary:Zach Douglas:Doug Arthur:Art Gerald:Gerry Albert:Al,Bert Lawrence:Larry Philip:Phil Martin Simon
		Frederick:Fred Harold:Hal Leonard:Len Francis:Frank Vincent:Vince Theodore:Ted Oliver:Ollie Hans Karl Jan Pieter:Piet Luca Marco
		Giovanni:Gianni Antonio:Toni Jose:Pepe Luis Carlos Juan Pedro Miguel Manuel:Manolo Ivan:Vanya Dmitri:Dima Sergei Mohammed:Mo Ahmed
		Ali Hassan Omar Ibrahim Yusuf Wei Ming Hiroshi Kenji Raj Arjun Anil Sanjay Minh Tuan Kwame Kofi Lars Erik Nils Sven Olaf Piotr Pawel`
	headWomen = `Mary:Molly,Polly Elizabeth:Liz,Beth,Betty,Lizzie Jennifer:Jen,Jenny Patricia:Pat,Patty,Trish Linda Barbara:Barb,Babs
		Susan:Sue,Suzie Jessica:Jess Sarah:Sally Karen Nancy:Nan Margaret:Maggie,Peggy,Meg Lisa Sandra Ashley Dorothy:Dot,Dottie Kimberly:Kim
		Emily:Em Donna Michelle:Shelly Carol Amanda:Mandy Melissa:Mel Deborah:Deb,Debbie Stephanie:Steph Rebecca:Becky Laura Sharon Cynthia:Cindy
		Kathleen:Kathy,Kate Helen Amy Shirley Angela:Angie Anna:Annie Brenda Pamela:Pam Nicole:Nicky Ruth Katherine:Kate,Kathy,Kitty
		Samantha:Sam Christine:Chris,Tina Emma Catherine:Cathy,Kate Virginia:Ginny Rachel:Rae Carolyn Janet:Jan Maria:Mia Heather Diane Julie
		Joyce Victoria:Vicky Kelly Christina:Tina Joan Evelyn:Evie Lauren Judith:Judy Olivia:Liv Frances:Fran Martha Cheryl Megan:Meg Andrea
		Hannah Jacqueline:Jackie Alice Jean Gloria Teresa:Tess Sofia:Sophie Isabella:Bella Charlotte:Lottie Lucia Carmen Ana Ingrid Greta
		Giulia Chiara Francesca Natalia:Natasha Olga Irina Svetlana:Sveta Fatima Aisha Zainab Leila Mei Ling Yuki Sakura Priya Anjali Lakshmi
		Thi Linh Ama Akua Astrid Freya Katarzyna:Kasia Agnieszka:Aga Elena:Lena Magdalena:Magda`
	headSurnames = `Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Wilson Anderson Thomas Taylor
		Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen
		Hill Green Adams Nelson Baker Hall Campbell Mitchell Carter Roberts Evans Turner Phillips Parker Edwards Collins Stewart Morris Murphy
		Cook Rogers Morgan Cooper Peterson Bailey Reed Kelly Howard Cox Ward Richardson Watson Brooks Wood James Bennett Gray Hughes Price
		Foster Russell Griffin Hayes Myers Ford Hamilton Graham Sullivan Wallace Cole West Jordan Owens Reynolds Fisher Ellis Harrison Gibson
		Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Bauer Richter Klein Wolf Muller Jansen Visser Bakker Smit
		Mulder Hansen Olsen Larsen Nielsen Jensen Andersen Johansson Karlsson Nilsson Eriksson Rossi Russo Ferrari Esposito Bianchi Romano
		Colombo Silva Santos Oliveira Sousa Pereira Costa Novak Kowalski Nowak Ivanov Petrov Smirnov Popov Khan Ahmed Ali Hussain Patel Singh
		Kumar Sharma Wang Li Zhang Chen Liu Tran Le Pham Kim Park Choi Tanaka Suzuki Sato Mensah Okafor Adeyemi Diallo Traore Cohen Levy`

	onsets    = "b br c ch cl d dr f fl g gr h j k kl l m n p pr r s sch st t tr v w y z"
	nuclei    = "a a a e e e i i o o u ai ei ie oo ou"
	codas     = " l n r s m nd rt ll ck t"
	endsMan   = "us ar in on is or ek mir rick bert fred wyn dan ton el o as ian"
	endsWoman = "a ia ina elle ette eth ise ora yn een ika anna ira ila ea is ely"
	endsName  = "son sen sson man mann er ton ham ley field berg stein ski sky owski ov ova ez es i ini elli o ic vic uk enko as is oglu ford wood worth by ard el ing s"
	endsTown  = "ton ham ford burg bury field ville dorf stad mouth port ley wick worth by haven minster bridge"
	ways      = "Street Street Street Road Road Avenue Lane Drive Way Court Place Square"
	providers = "gmail.com yahoo.com hotmail.com outlook.com icloud.com aol.com mail.com gmx.net proton.me live.com web.net post.org inbox.com fastmail.com comcast.net"
)

// list is a vocabulary with the chances of a Zipf–Mandelbrot law.
type list struct {
	words []string
	upTo  []float64 // cumulative
	rank  map[string]int
}

func newList(words []string, s, q float64) *list {
	l := &list{words: words, upTo: make([]float64, len(words)), rank: make(map[string]int, len(words))}
	sum := 0.0
	for i, w := range words {
		sum += math.Pow(float64(i+1)+q, -s)
		l.upTo[i], l.rank[w] = sum, i
	}
	for i := range l.upTo {
		l.upTo[i] /= sum
	}
	return l
}

func (l *list) index(u float64) int {
	return min(sort.SearchFloat64s(l.upTo, u), len(l.words)-1)
}

func (l *list) at(u float64) string { return l.words[l.index(u)] }

// share is the share of the people who bear the word, 0 if it is not of the list.
func (l *list) share(w string) float64 {
	switch i, ok := l.rank[w]; {
	case !ok:
		return 0
	case i == 0:
		return l.upTo[0]
	default:
		return l.upTo[i] - l.upTo[i-1]
	}
}

// vocabulary is the words of the country; it is the same for every seed.
type vocabulary struct {
	given                      [2]*list // by sex
	surnames, towns, streets   *list
	domains                    *list
	nicknames                  map[string][]string
	firstCode                  []int // by town: its first postcode; one more at the end
	onsets, nuclei, codas, way []string
}

func newVocabulary() *vocabulary {
	v := &vocabulary{
		nicknames: map[string][]string{}, way: strings.Fields(ways),
		onsets: strings.Fields(onsets), nuclei: strings.Fields(nuclei), codas: strings.Split(codas, " "),
	}
	r := rand.New(rand.NewPCG(1, 1))
	v.given[0] = newList(v.grow(r, v.head(headMen), givenOf, endsMan, 1), 1.05, 8)
	v.given[1] = newList(v.grow(r, v.head(headWomen), givenOf, endsWoman, 1), 1.05, 8)
	v.surnames = newList(v.grow(r, v.head(headSurnames), surnames, endsName, 2), 0.95, 12)
	v.towns = newList(v.grow(r, nil, towns, endsTown, 1), 1, 5)
	v.streets = newList(v.grow(r, v.head("Main High Church Station Park Mill School Green Bridge Market"), streets, endsTown, 1), 0.8, 5)
	v.domains = newList(append(strings.Fields(providers), lower(v.grow(r, nil, 60, "net com web tel mail", 1), ".com")...), 1.2, 0)
	v.firstCode = []int{0}
	for i := range v.towns.words {
		v.firstCode = append(v.firstCode, v.firstCode[i]+max(1, int(v.towns.share(v.towns.words[i])*postcodes)))
	}
	return v
}

func lower(words []string, end string) []string {
	for i := range words {
		words[i] = strings.ToLower(words[i]) + end
	}
	return words
}

// head reads the head of a list and keeps the nicknames.
func (v *vocabulary) head(s string) (out []string) {
	for w := range strings.FieldsSeq(s) {
		name, nick, ok := strings.Cut(w, ":")
		if out = append(out, name); ok {
			v.nicknames[name] = strings.Split(nick, ",")
		}
	}
	return out
}

// grow lengthens a list to n words of one to syllables+1 syllables and an ending.
func (v *vocabulary) grow(r *rand.Rand, words []string, n int, ends string, syllables int) []string {
	seen := make(map[string]bool, n)
	for _, w := range words {
		seen[w] = true
	}
	for e := strings.Fields(ends); len(words) < n; {
		w := ""
		for range 1 + r.IntN(syllables+1) {
			w += v.syllable(r)
		}
		w += e[r.IntN(len(e))]
		if w = strings.ToUpper(w[:1]) + w[1:]; !seen[w] && len(w) <= 13 {
			seen[w] = true
			words = append(words, w)
		}
	}
	return words
}

func (v *vocabulary) syllable(r *rand.Rand) string {
	return v.onsets[r.IntN(len(v.onsets))] + v.nuclei[r.IntN(len(v.nuclei))] + v.codas[r.IntN(len(v.codas))]
}

// handle is a word somebody calls himself by in an address.
func (v *vocabulary) handle(r *rand.Rand) string {
	return v.syllable(r) + v.syllable(r) + v.syllable(r)
}

// street is the name of the i-th street of a postcode.
func (v *vocabulary) street(code, i int) string {
	x := uint64(code*streetsPerCode+i) * 0x9e3779b97f4a7c15 // splitmix64
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	return v.streets.at(float64(x>>11)/(1<<53)) + " " + v.way[x%uint64(len(v.way))]
}
