package script

import "testing"

func TestOrthography(t *testing.T) {
	for in, want := range map[string]string{
		"soekarno": "sukarno", "soeharto": "suharto", "oemar": "umar", "wahjoe": "wahyu", "poetoe": "putu",
		"djojo": "joyo", "tjokro": "cokro", "sjahrir": "syahrir", "njoto": "nyoto", "soerjo": "suryo",
		"widjaja": "wijaya", "gandjar": "ganjar", "tandjoeng": "tanjung", "djoko": "joko", "tjahjadi": "cahyadi",
		"achmad": "ahmad", "akhmad": "ahmad", "rachmat": "rahmat", "mochtar": "mohtar", "bachtiar": "bahtiar",
		"ichsan": "ihsan", "mukhlis": "muhlis", "chairul": "khairul", "choirul": "khoirul", "nurcholis": "nurkholis",
		"sholichin": "sholikhin", "jusuf": "yusuf", "junus": "yunus",
		// new spelling, and other languages
		"suharto": "suharto", "anjani": "anjani", "simanjuntak": "simanjuntak", "panji": "panji", "jaya": "jaya",
		"joe": "joe", "zoe": "zoe", "chloe": "chloe", "joel": "joel", "noel": "noel", "phoebe": "phoebe",
		"monroe": "monroe", "crusoe": "crusoe", "michael": "michael", "charlotte": "charlotte", "richard": "richard",
		"rachel": "rachel", "christopher": "christopher", "nicholas": "nicholas", "chandra": "chandra", "benjamin": "benjamin",
		"chea": "chea", "sokha": "sokha", "sokhla": "sokhla", "khan": "khan", "soeun": "soeun", "phalla": "phalla",
		"oei": "oei", "": "", "j": "j",
	} {
		if got := Orthography(in); got != want {
			t.Errorf("Orthography(%q) = %q, want %q", in, got, want)
		}
	}
}
