package table

import (
	"encoding/xml"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// workbook is what all sheets share.
type workbook struct {
	pkg      *xlsxPackage
	sheets   []sheet
	date1904 bool
	styles   []numberFormat // by the cell's s attribute
	strings  sharedStrings
}

type sheet struct {
	name   string
	hidden bool
	part   string
}

// workbook reads the list of sheets, the number formats and the shared strings.
func (p *xlsxPackage) workbook() (*workbook, *Error) {
	main := "xl/workbook.xml"
	top, err := p.relations("")
	if err != nil {
		return nil, err
	}
	if r, ok := ofKind(top, "/officeDocument"); ok {
		main = r.target
	}
	related, err := p.relations(main)
	if err != nil {
		return nil, err
	}
	worksheets := make(map[string]string) // chart sheets hold no rows
	for _, r := range related {
		if strings.HasSuffix(r.kind, "/worksheet") {
			worksheets[r.id] = r.target
		}
	}
	seen := make(map[string]bool)
	b := &workbook{pkg: p}
	s, err := p.stream(main, maxPlan)
	if err != nil {
		return nil, err
	}
	defer s.part.Close()
	err = s.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "workbookPr":
			v := attr(e, "date1904")
			b.date1904 = v == "1" || v == "true"
		case "sheet":
			id := ""
			for _, a := range e.Attr {
				if a.Name.Local == "id" && a.Name.Space != "" { // r:id; sheetId is another attribute
					id = a.Value
				}
			}
			// A part is one sheet: a list that names it again and again would have
			// it unpacked again and again.
			if target, ok := worksheets[id]; ok && !seen[target] {
				seen[target] = true
				state := attr(e, "state")
				b.sheets = append(b.sheets, sheet{name: Trim(attr(e, "name")), hidden: state != "" && state != "visible", part: target})
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(b.sheets) == 0 {
		return nil, &Error{Code: CodeEmptyFile, Message: "the workbook has no sheet", Hint: "save the table as .xlsx or as CSV UTF-8"}
	}
	if r, ok := ofKind(related, "/styles"); ok {
		if err := b.readStyles(r.target); err != nil {
			return nil, err
		}
	}
	if r, ok := ofKind(related, "/sharedStrings"); ok {
		if err := b.readStrings(r.target); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// relation says that a part needs another one.
type relation struct{ id, kind, target string }

// ofKind returns the first relation whose type ends so: transitional and strict
// workbooks have different beginnings.
func ofKind(relations []relation, suffix string) (relation, bool) {
	for _, r := range relations {
		if strings.HasSuffix(r.kind, suffix) {
			return r, true
		}
	}
	return relation{}, false
}

// relations reads the relations of a part, or of the package for "", in
// the order of the file. A part without relations has none.
func (p *xlsxPackage) relations(of string) ([]relation, *Error) {
	dir, base := path.Split(of)
	name := dir + "_rels/" + base + ".rels"
	if p.parts[strings.ToLower(name)] == nil {
		return nil, nil
	}
	s, err := p.stream(name, maxPlan)
	if err != nil {
		return nil, err
	}
	defer s.part.Close()
	var found []relation
	err = s.each(func(e xml.StartElement) error {
		if e.Name.Local != "Relationship" || attr(e, "TargetMode") == "External" {
			return nil
		}
		target := attr(e, "Target")
		if strings.HasPrefix(target, "/") {
			target = strings.TrimPrefix(path.Clean(target), "/")
		} else {
			target = path.Join(dir, target)
		}
		if len(found) == maxParts {
			return tooMany("relations between its parts")
		}
		found = append(found, relation{id: attr(e, "Id"), kind: attr(e, "Type"), target: target})
		return nil
	})
	return found, err
}

// readStyles reads the number format of each cell style.
func (b *workbook) readStyles(name string) *Error {
	s, err := b.pkg.stream(name, maxPlan)
	if err != nil {
		return err
	}
	defer s.part.Close()
	codes := make(map[string]numberFormat)
	var ids []string
	inCellXfs := false
	for {
		t, err := s.token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return damaged(err)
		}
		if len(ids) > maxFormats || len(codes) > maxFormats {
			return damaged(tooMany("formats"))
		}
		switch e := t.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "numFmt":
				codes[attr(e, "numFmtId")] = parseFormat(attr(e, "formatCode"))
			case "cellXfs":
				inCellXfs = true
			case "xf":
				if inCellXfs {
					ids = append(ids, attr(e, "numFmtId"))
				}
			}
		case xml.EndElement:
			if e.Name.Local == "cellXfs" {
				inCellXfs = false
			}
		}
	}
	for _, id := range ids {
		if format, ok := codes[id]; ok {
			b.styles = append(b.styles, format)
			continue
		}
		n, _ := strconv.Atoi(id) // what is no number is the general format, 0
		b.styles = append(b.styles, builtInFormat(n))
	}
	return nil
}

// sharedStrings holds the texts that cells refer to by number, trimmed.
type sharedStrings struct {
	all  string
	ends []uint32 // maxStrings bounds them
}

func (s *sharedStrings) at(i int) (string, bool) {
	if i < 0 || i >= len(s.ends) {
		return "", false
	}
	begin := uint32(0)
	if i > 0 {
		begin = s.ends[i-1]
	}
	return s.all[begin:s.ends[i]], true
}

func (b *workbook) readStrings(name string) *Error {
	s, err := b.pkg.stream(name, maxStrings)
	if err != nil {
		return err
	}
	defer s.part.Close()
	var all strings.Builder
	ended := false
	for {
		t, err := s.token()
		if err == io.EOF {
			if !ended {
				return damaged(io.ErrUnexpectedEOF)
			}
			break
		}
		if err != nil {
			return damaged(err)
		}
		switch e := t.(type) {
		case xml.StartElement:
			if e.Name.Local == "si" {
				text, err := s.richText("si")
				if err != nil {
					return damaged(err)
				}
				if len(b.strings.ends) == maxTexts {
					return damaged(tooMany("texts"))
				}
				all.WriteString(cleanText(text))
				b.strings.ends = append(b.strings.ends, uint32(all.Len()))
			}
		case xml.EndElement:
			ended = ended || e.Name.Local == "sst"
		}
	}
	b.strings.all = all.String()
	return nil
}

// richText reads up to the end of the element and returns the text of its t
// elements, without phonetic guides (rPh).
func (s *xmlStream) richText(element string) ([]byte, error) {
	var text []byte
	inText, guide := false, false
	for {
		t, err := s.token()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		switch e := t.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "t":
				inText = true
			case "rPh":
				guide = true
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "t":
				inText = false
			case "rPh":
				guide = false
			case element:
				return text, nil
			}
		case xml.CharData:
			if inText && !guide {
				if len(text)+len(e) > maxToken {
					return nil, errToken
				}
				text = append(text, e...)
			}
		}
	}
}

// cleanText decodes _xHHHH_, the form in which workbooks keep characters that
// XML cannot hold (ECMA-376 part 1, 22.9.2.19), and trims.
func cleanText(text []byte) string {
	s := string(text)
	if strings.Contains(s, "_x") {
		var b strings.Builder
		for {
			i := strings.Index(s, "_x")
			if i < 0 {
				break
			}
			b.WriteString(s[:i])
			s = s[i:]
			if len(s) >= 7 && s[6] == '_' {
				if n, err := strconv.ParseUint(s[2:6], 16, 16); err == nil && utf8.ValidRune(rune(n)) && n != 0 {
					b.WriteRune(rune(n))
					s = s[7:]
					continue
				}
			}
			b.WriteString("_x")
			s = s[2:]
		}
		b.WriteString(s)
		s = b.String()
	}
	return Trim(s)
}

// merge is a range of merged cells that spans rows: all of its first column
// take the value of the topmost.
type merge struct {
	column, first, last int // from 1
	value               string
	err                 *Error
}

// merges finds the merged ranges of a sheet. They stand behind its rows, so
// this unpacks the part once without reading its XML; "<" cannot stand in text.
func (b *workbook) merges(name string) ([]merge, *Error) {
	r, err := b.pkg.open(name, maxInflated)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	const key, keep = `mergeCell ref="`, 64
	var found []merge
	buf := make([]byte, 0, 64<<10)
	for {
		r.budget = maxToken
		n, err := io.ReadFull(r, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		last := err != nil
		if last && err != io.EOF && err != io.ErrUnexpectedEOF {
			return nil, damaged(err)
		}
		rest := string(buf)
		for {
			i := strings.Index(rest, key)
			if i < 0 || !last && len(rest)-i < keep { // the range may go on in the next piece
				break
			}
			rest = rest[i+len(key):]
			ref, _, ok := strings.Cut(rest[:min(len(rest), keep)], `"`)
			from, to, ranged := strings.Cut(ref, ":")
			c, first := position(from)
			_, end := position(to)
			if ok && ranged && c > 0 && end > first {
				if len(found) == maxMerges {
					return nil, damaged(tooMany("merged cells"))
				}
				found = append(found, merge{column: c, first: first, last: end})
			}
		}
		if last {
			break
		}
		// Only the piece that may hold the beginning of a key is looked at again.
		rest = rest[max(0, len(rest)-keep):]
		buf = append(buf[:0], rest...)
	}
	slices.SortFunc(found, func(a, b merge) int { return a.first - b.first })
	return found, nil
}

// position reads a cell's reference such as "AB12". The column is 0 if it is none.
func position(ref string) (column, row int) {
	i := 0
	for ; i < len(ref) && i < 4; i++ {
		c := ref[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		column = column*26 + int(c-'A') + 1
	}
	row, err := strconv.Atoi(ref[i:])
	if err != nil || row < 1 || row > 1<<30 || i == 0 {
		return 0, 0
	}
	return column, row
}
