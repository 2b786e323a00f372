package notice

import (
	"errors"
	"strings"

	"mitra/desk/office"
	"mitra/web/locale"
)

// look is how an officer sees what waits.
const look = "mitra enquiry inbox"

// subject says no more than that there is something.
func subject() (string, error) {
	c, err := locale.For("en")
	if err != nil {
		return "", err
	}
	return c.Text("notice.subject")
}

// text is what a message says, in every language, since an office has officers of several. node is the authority's
// name.
func text(m office.Message, node string) (string, error) {
	key := "notice.half"
	if m.Kind == office.Over {
		key = "notice.over"
	}
	var paragraphs []string
	for _, lang := range locale.Langs() {
		c, err := locale.For(lang)
		if err != nil {
			return "", err
		}
		var lines []string
		add := func(key string, args ...locale.Arg) {
			line, lerr := c.Text(key, args...)
			lines, err = append(lines, line), errors.Join(err, lerr)
		}
		add(key, locale.Text("node", node))
		add("notice.clock", locale.Text("class", m.Class), locale.Text("due", m.Due.In(m.Zone).Format("2006-01-02 15:04 -07:00")), locale.Int("count", m.Count))
		add("notice.how", locale.Text("command", look))
		if !c.Reviewed {
			add("notice.unreviewed")
		}
		if err != nil {
			return "", err
		}
		paragraphs = append(paragraphs, strings.Join(lines, "\n"))
	}
	return strings.Join(paragraphs, "\n\n") + "\n", nil
}
