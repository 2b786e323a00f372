package table

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Limits against zip bombs. They are far above what workbooks of a million rows
// need: sheets pack 10 to 40 times, while a bomb packs up to 1,032 times, the
// most that deflate can do.
const (
	maxParts     = 10_000
	maxInflated  = 4 << 30  // bytes of all parts together
	maxRatio     = 200      // of a part, above freeInflated
	freeInflated = 16 << 20 // bytes that a part may have at any ratio
	maxToken     = 8 << 20  // bytes of one piece of XML, which is kept in memory
)

// Limits of what is kept in memory beside the rows: a few bytes of XML can make
// an entry of many. Excel itself knows some 65,000 cell formats.
const (
	maxStrings = 512 << 20 // bytes of the part of the shared strings
	maxTexts   = 1 << 24   // shared strings
	maxPlan    = 64 << 20  // bytes of any other part but a sheet
	maxFormats = 1 << 16   // cell formats, and number formats
	maxMerges  = 1 << 19   // merged ranges that span rows
	maxLine    = 1 << 30   // the number of a row
)

// xlsxPackage is the zip archive of a workbook (ECMA-376 part 2).
type xlsxPackage struct {
	parts map[string]*zip.File // by lower-case name without leading slash
	stop  func() error         // Options.Stop
}

// openPackage reads the directory of the archive and refuses what is no XLSX
// workbook or would unpack to too much.
func openPackage(data []byte, stop func() error) (*xlsxPackage, *Error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, &Error{
			Code:    CodeTruncated,
			Message: "the workbook ends too early: its zip directory is missing or damaged",
			Hint:    "copy or download the file again",
		}
	}
	if len(z.File) > maxParts {
		return nil, bomb(fmt.Sprintf("it has %d parts", len(z.File)))
	}
	p := &xlsxPackage{parts: make(map[string]*zip.File, len(z.File)), stop: stop}
	var total uint64
	for _, f := range z.File {
		name := strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))
		if p.parts[name] == nil {
			p.parts[name] = f
		}
		if f.UncompressedSize64 > maxInflated {
			return nil, bomb("a part unpacks to more than 4 GiB")
		}
		if f.UncompressedSize64 > freeInflated && f.UncompressedSize64/maxRatio > f.CompressedSize64 {
			return nil, bomb(fmt.Sprintf("a part unpacks to more than %d times its size", maxRatio))
		}
		if total += f.UncompressedSize64; total > maxInflated {
			return nil, bomb("it unpacks to more than 4 GiB")
		}
	}
	if what := p.otherKind(); what != "" {
		return nil, &Error{
			Code:    CodeNotXLSX,
			Message: "this is no XLSX workbook: it looks like " + what,
			Hint:    "save the table as .xlsx or as CSV UTF-8",
		}
	}
	return p, nil
}

func bomb(what string) *Error {
	return &Error{
		Code:    CodeZipBomb,
		Message: "the workbook was made to exhaust memory: " + what,
		Hint:    "do not open it; ask the sender where it comes from",
	}
}

// otherKind names what the archive is if it is no XLSX workbook.
func (p *xlsxPackage) otherKind() string {
	has := func(name string) bool { return p.parts[name] != nil }
	switch {
	case has("mimetype") && has("content.xml"):
		return "an OpenDocument file (.ods, .odt)"
	case has("xl/workbook.bin"):
		return "a binary Excel workbook (.xlsb)"
	case has("word/document.xml"):
		return "a Word document"
	case has("ppt/presentation.xml"):
		return "a presentation"
	case !has("[content_types].xml"):
		return "a zip archive"
	}
	return ""
}

// part is one file of the package while it is unpacked.
type part struct {
	io.ReadCloser
	budget int64 // bytes that may still be read before the next call of token
	stop   func() error
}

// stopError is what Options.Stop said.
type stopError struct{ error }

// errBomb is the error of a part that is longer than the directory says;
// errToken of one that holds a single piece of XML beyond reason.
var (
	errBomb  = errors.New("part is longer than declared")
	errToken = errors.New("piece of XML too long")
)

func (p *part) Read(b []byte) (int, error) {
	if err := p.stop(); err != nil {
		return 0, stopError{err}
	}
	n, err := p.ReadCloser.Read(b)
	if err == zip.ErrFormat { // archive/zip stops at the declared size with this
		return 0, errBomb
	}
	if p.budget -= int64(n); p.budget < 0 {
		return 0, errToken
	}
	return n, err
}

// open unpacks a part of at most so many bytes.
func (p *xlsxPackage) open(name string, most uint64) (*part, *Error) {
	f := p.parts[strings.ToLower(name)]
	if f == nil {
		return nil, &Error{Code: CodeDamaged, Message: "the workbook lacks a part that it refers to", Hint: "open it in a spreadsheet program and save it anew"}
	}
	if f.UncompressedSize64 > most {
		return nil, bomb(fmt.Sprintf("a part that is kept in memory unpacks to more than %d MiB", most>>20))
	}
	r, err := f.Open()
	if err != nil {
		return nil, damaged(err)
	}
	return &part{ReadCloser: r, budget: maxToken, stop: p.stop}, nil
}

// damaged returns the error for a fault met while unpacking or reading XML.
func damaged(err error) *Error {
	if errors.Is(err, errBomb) {
		return bomb("a part is longer than its directory says")
	}
	if s := (stopError{}); errors.As(err, &s) {
		return stopped(s.error)
	}
	if m := tooMany(""); errors.As(err, &m) {
		return bomb(m.Error())
	}
	e := &Error{Code: CodeDamaged, Message: "the workbook is damaged", Hint: "copy the file again, or open it in a spreadsheet program and save it anew"}
	syntax := new(xml.SyntaxError)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		e.Code, e.Message = CodeTruncated, "the workbook ends too early"
	case errors.Is(err, zip.ErrChecksum):
		e.Message += ": a checksum does not fit"
	case errors.Is(err, zip.ErrAlgorithm):
		e.Message = "the workbook is packed or encrypted in a way that is not known"
	case errors.Is(err, errToken):
		e.Message += ": a single piece of it has more than 8 MiB"
	case errors.As(err, &syntax):
		if syntax.Msg == "unexpected EOF" {
			e.Code, e.Message = CodeTruncated, "the workbook ends too early"
		} else {
			e.Message += ": its XML is malformed"
		}
	}
	return e
}

// xmlStream reads a part token by token. Names are compared without their
// prefix: producers choose prefixes freely, and strict and transitional
// workbooks differ in namespaces only.
type xmlStream struct {
	part *part
	d    *xml.Decoder
}

// tooMany is the error of a list that is longer than any true one.
type tooMany string

func (m tooMany) Error() string { return "it has too many " + string(m) }

func (p *xlsxPackage) stream(name string, most uint64) (*xmlStream, *Error) {
	r, err := p.open(name, most)
	if err != nil {
		return nil, err
	}
	return &xmlStream{part: r, d: xml.NewDecoder(r)}, nil
}

// token returns the next token, which is valid until the next call; io.EOF at
// the end of the part.
func (s *xmlStream) token() (xml.Token, error) {
	s.part.budget = maxToken
	return s.d.RawToken()
}

// each calls f for each element that begins.
func (s *xmlStream) each(f func(e xml.StartElement) error) *Error {
	for {
		t, err := s.token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return damaged(err)
		}
		if e, ok := t.(xml.StartElement); ok {
			if err := f(e); err != nil {
				return damaged(err)
			}
		}
	}
}

// attr returns the attribute of that local name, or "".
func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
