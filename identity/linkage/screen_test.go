package linkage_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"mitra/identity/linkage"
)

// Who is found is who would be, had everybody been compared.
func TestScreenerMissesNobody(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 9))
	words := strings.Fields(`Muhammad Ahmad Abdullah Hassan Hussein Omar Yusuf Ibrahim Khalid Rahman Karim Said Nasser Farouk Aleksandr Mikhail
		Ivanov Petrova Volkov Sergeyevich Dmitri Kim Park Chanthou Sokha Sophal Vannak Heng Sok Budi Santoso Sriwahyuni Wahyuni Sri Wijaya
		Kusuma Hidayat Nasution Siregar Gunawan Suryadi Wolodymyr Kovalenko Nguyen Tran Garcia Fernandez Jose Maria Elisabeth William Bill
		Katherine Kate Schwarz Meyer Johansson Petersen Al-Masri Bin-Laden Abdurrahman Tan Wong Chen Zhang Made Wayan Ketut`)
	letter := "aeioubdfghjklmnprstvyz"
	name := func() string {
		var w []string
		for range 1 + rng.IntN(4) {
			w = append(w, words[rng.IntN(len(words))])
		}
		return strings.Join(w, " ")
	}
	born := func() string {
		if rng.IntN(3) == 0 {
			return ""
		}
		return fmt.Sprintf("%d-%02d-%02d", 1950+rng.IntN(5), 1+rng.IntN(3), 1+rng.IntN(28))
	}
	var list []linkage.Listed
	for range 800 {
		list = append(list, linkage.Listed{Name: name(), Born: born()})
	}
	s := linkage.NewScreener(list, 2029)
	alerts, missed := 0, 0
	for range 1500 {
		who := list[rng.IntN(len(list))]
		if rng.IntN(3) == 0 {
			who = linkage.Listed{Name: name(), Born: born()}
		}
		for range rng.IntN(3) {
			if i := rng.IntN(len(who.Name)); rng.IntN(2) == 0 {
				who.Name = who.Name[:i] + who.Name[i+1:]
			} else {
				who.Name = who.Name[:i] + string(letter[rng.IntN(len(letter))]) + who.Name[i:]
			}
			if len(who.Name) < 2 { // initials alone are looked up for nobody
				who.Name = "Xu"
			}
		}
		_, w := s.Best(who)
		_, most := s.BestOfAll(who)
		if most >= linkage.AlertWeight {
			alerts++
			if w != most {
				missed++
				t.Logf("%q, %s: %g is found, there is %g", who.Name, who.Born, w, most)
			}
		}
	}
	if alerts < 500 || missed > alerts/300 { // two slips, and two words written as one
		t.Errorf("%d of %d alerts are missed", missed, alerts)
	}
	if at, _ := linkage.NewScreener(nil, 2029).Best(linkage.Listed{Name: "Budi"}); at != -1 {
		t.Error("somebody is on an empty list")
	}
}

// An h more and a wrong letter cost less together than two wrong letters.
func TestScreenerFindsLightLetters(t *testing.T) {
	s := linkage.NewScreener([]linkage.Listed{{Name: "Zachary Cox", Born: "1940-11-23"}, {Name: "Charles Thomas"}}, 2029)
	for i, name := range []string{"Zavhary Cocx", "hCarles Thomass"} {
		if at, w := s.Best(linkage.Listed{Name: name}); at != i || w < linkage.AlertWeight {
			t.Errorf("%s: %d is found, %g", name, at, w)
		}
	}
}
