// Package locale holds the words of the pages in English, Indonesian and Khmer,
// and writes numbers, shares and dates as each language does.
//
// # Catalogs
//
// A catalog is one JSON file and its parts (en.json, en-desk.json …, which hold messages alone): the language, whether a speaker who knows the
// field has reviewed it, and the messages by key. A message is a text with
// placeholders in braces, or a text for each plural form of the placeholder
// {n}, named as in CLDR ("one", "other"); "other" is always there. All catalogs
// have the same keys and each key the same placeholders; a test holds this.
//
// A catalog that nobody has reviewed says so: a page that uses it shows the
// message "catalog.unreviewed".
//
// # Finding a catalog
//
// [For] matches what a reader asks for ("id-ID", "km_KH") by index. The tag that
// the matcher returns may carry extensions and never picks a catalog.
//
// Messages are plain text: whoever puts them into a page escapes them.
package locale
