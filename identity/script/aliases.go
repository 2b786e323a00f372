package script

import "slices"

// surname is one Chinese surname of Indonesia: its spellings, and the
// Indonesian names that bearers took, mostly in 1966–67, which keep its sound.
type surname struct {
	spellings, names []string
}

// surnames are written as [Parse] leaves them. Not reviewed by a speaker.
var surnames = []surname{
	{[]string{"tan", "chen"}, []string{"tanoto", "tanu", "tanujaya", "tanuwijaya", "tanusaputra", "tanto", "tanzil", "tandiono", "hartanto", "hertanto", "sutanto", "intan"}},
	{[]string{"lim", "liem", "lin"}, []string{"salim", "halim", "alim", "limanto", "limantoro", "limantara", "limawan", "nursalim", "mursalim", "liemena"}},
	{[]string{"oei", "oey", "ui", "wi", "huang", "bong"}, []string{"wijaya", "winata", "winarta", "wibowo", "wibisono", "wiyono", "wuisan"}},
	{[]string{"ong", "wang", "heng"}, []string{"ongko", "ongkowijaya", "onggo", "onggowarsito", "wangsa", "wangsadinata", "wangsawijaya"}},
	{[]string{"go", "goh", "gouw", "wu"}, []string{"gunawan", "gotama", "gozali", "sumargo", "wurianto"}},
	{[]string{"lie", "li", "lee"}, []string{"liman", "lesmana", "rusli", "liyanto", "lijanto", "liedarto", "nauli"}},
	{[]string{"han"}, []string{"handoko", "handoyo", "hanjaya", "burhan", "suhandi"}},
	{[]string{"kho", "khouw", "kouw", "xu"}, []string{"kosasih", "kohar", "kusuma"}},
	{[]string{"kwee", "kwik", "kuo", "guo"}, []string{"kusnadi", "kumala"}},
	{[]string{"lauw", "lau", "liu"}, []string{"lawira", "lawu", "laurens", "mulawarman", "pahlawan"}},
	{[]string{"lu", "loe", "liok"}, []string{"lukito", "lukman", "luna"}},
	{[]string{"nio", "neo", "liang"}, []string{"niarta", "neonardi"}},
	{[]string{"nyoo", "nyo", "yo", "yang"}, []string{"nyoto", "yoso", "yongki", "inyo"}},
	{[]string{"oen", "bun", "wen"}, []string{"gunawan", "basuki", "budiman"}},
	{[]string{"sie", "shi"}, []string{"sidarta", "sidharta", "sieputra"}},
	{[]string{"so", "souw", "su"}, []string{"sukoco", "sosro"}},
	{[]string{"cia", "chia", "xie"}, []string{"cahyadi", "ciawi", "ciawijaya"}},
	{[]string{"coa", "choa", "cai"}, []string{"cuaca", "coanda"}},
	{[]string{"ciu", "ciuw", "zhou", "chow"}, []string{"ciputra", "yuwono", "juwono"}},
	{[]string{"the", "tee", "zheng"}, []string{"teja", "suteja", "tejakusuma", "tejasukmana"}},
	{[]string{"thio", "tio", "zhang"}, []string{"tirta", "tirto", "sutio", "setio", "prasetio", "sutiono", "kartio"}},
	{[]string{"yap", "ye"}, []string{"yapardi", "yaputra", "yapto"}},
}

// Aliases gives the other forms under which a Chinese-Indonesian surname may
// stand in another register: for lim all its spellings and salim, halim,
// limanto …; for salim only lim and its spellings, since two Indonesian forms
// of one surname are different families. An alias says that two names may be
// the same, never that they are — salim is an Arabic name too — and [Parse]
// rewrites none. token is as Parse gives it; the result is the caller's, nil
// for most tokens.
func Aliases(token string) []string {
	var out []string
	for _, s := range surnames {
		switch {
		case slices.Contains(s.spellings, token):
			for _, other := range s.spellings {
				if other != token {
					out = append(out, other)
				}
			}
			out = append(out, s.names...)
		case slices.Contains(s.names, token):
			out = append(out, s.spellings...)
		}
	}
	return out
}
