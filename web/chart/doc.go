// Package chart draws pictures as SVG on the server: no script, no font, no
// address, nothing to fetch.
//
// # What a picture is
//
// A picture is a value with its data and its words; Draw returns it and Table
// returns the same numbers as an HTML table that folds away on a screen and is
// open in print. Both are pure functions of the value: the same value gives the
// same bytes. A picture without data is empty, and the page says so in words.
//
// # For everybody
//
// Every drawing has role="img" with a title and a description, and text is text.
// No meaning rests on colour alone: each [Tone] has a pattern of its own, which
// also survives a black-and-white printer, and every number is written out.
//
// A drawing made smaller by a phone would have text too small to read. So each
// picture is drawn twice, wide and narrow, with text of the same size; a media
// query shows one of them, and the other is hidden from screen readers too.
// Print shows the wide one.
//
// # In a page
//
// A page includes [Style] once, within a style element. Colours are CSS
// variables with values for light, dark and paper; a page may set its own. Ids
// begin with [Frame].ID, which is therefore unique in the page.
//
// Words come from the caller in the reader's language and are escaped here.
package chart
