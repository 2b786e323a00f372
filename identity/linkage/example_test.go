package linkage_test

import (
	"fmt"
	"log"

	"mitra/identity/linkage"
)

// Two lists of the same people, written by two offices. Nothing is labelled, and
// nothing is set.
func Example() {
	residents, permits := town(400, 7)
	header := []string{"id", "name", "sex", "birth_date", "passport_no"}
	l, err := linkage.New(linkage.Spec{}, header, header, 0, 0)
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range residents {
		l.Left().Add(r.id, []string{r.id, r.name, r.sex, r.birth, r.passport})
	}
	for _, r := range permits {
		l.Right().Add(r.id, []string{r.id, r.name, r.sex, r.birth, r.passport})
	}
	res, err := l.Run(linkage.Options{})
	if err != nil {
		log.Fatal(err)
	}
	links := 0
	for _, p := range l.Assign(res.Pairs, nil) { // at most one permit for each
		if p.P() >= res.Model.Spec.Link {
			links++
		}
	}
	fmt.Println(links > 380)
	// Output: true
}

// One list, in which some people stand twice.
func ExampleLinker_Cluster() {
	l, err := linkage.New(linkage.Spec{}, []string{"full_name", "birth_date", "city"}, nil, -1, -1)
	if err != nil {
		log.Fatal(err)
	}
	people, again := town(300, 9)
	for i := range people {
		l.Left().Add(fmt.Sprint(i), []string{people[i].name, people[i].birth, "Poipet"})
	}
	l.Left().Add("300", []string{again[0].name, again[0].birth, "Poipet"})
	res, err := l.Run(linkage.Options{})
	if err != nil {
		log.Fatal(err)
	}
	group := l.Cluster(res.Pairs)
	fmt.Println(group[300] == group[0], group[1] == group[2])
	// Output: true false
}

// A list that has been linked, and somebody who comes later.
func ExampleRegister() {
	header := []string{"id", "full_name", "birth_date"}
	l, err := linkage.New(linkage.Spec{}, header, nil, 0, -1)
	if err != nil {
		log.Fatal(err)
	}
	people, again := town(300, 9)
	for i := range people {
		l.Left().Add(people[i].id, []string{people[i].id, people[i].name, people[i].birth})
		if i < 100 {
			l.Left().Add(again[i].id, []string{again[i].id, again[i].name, again[i].birth})
		}
	}
	res, err := l.Run(linkage.Options{Min: 0.01})
	if err != nil {
		log.Fatal(err)
	}
	register, err := l.Register(res) // can be saved: WriteTo
	if err != nil {
		log.Fatal(err)
	}
	register.Left().Add("later", []string{"later", people[200].name, people[200].birth})
	done := register.Link(nil)
	group := register.Cluster(register.Pairs(0.01))
	for i, g := range group {
		if id := register.Left().ID(i); id == "later" {
			fmt.Println(done.New, register.Left().ID(g) == people[200].id)
		}
	}
	// Output: 1 true
}

// Two bare names, outside any list.
func ExampleCompareNames() {
	for _, pair := range [][2]string{
		{"SOEPARDI WIDJAJA", "Widjaya Supardi"},
		{"Siti Aminah", "Siti Aisyah"},
	} {
		fmt.Println(linkage.CompareNames(pair[0], pair[1]).Same)
	}
	// Output:
	// true
	// false
}
