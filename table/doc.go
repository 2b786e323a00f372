// Package table reads and writes tabular files: the registers that officers
// load, the files that are linked without a node, and everything that leaves as
// CSV. It is the only reader and the only writer of such files in the program.
//
// # What is read
//
// A file is recognised by its content; its extension says nothing. Read are
// CSV (comma, semicolon, tab or bar; UTF-8 with or without byte-order mark,
// UTF-16 in both orders with or without one, Windows-1252) and XLSX. All else
// is refused with an [Error] that names what the file looks like and what to do.
//
// The bytes are kept in memory and a cell of a plain CSV file is a piece of
// them, so that a row costs no allocation. Text that must change on the way
// (doubled quotes, other encodings) is copied.
//
// # Rows that cannot be read
//
// An Error whose Row is true concerns one row: the caller sets it aside and
// reads on. Rows are never lost in silence. After a fault of quotes reading
// goes on at the physical line after the one where the row began, because a
// stray quote mark would otherwise swallow everything up to the next one. Rows
// whose cells are all blank are no data and are passed over.
//
// A line ends with "\n", "\r\n" or "\r", in one file too: this is the one point in
// which a CSV file is read otherwise than by encoding/csv, which takes a lone
// carriage return for a part of its cell and so makes one row of two. Inside
// quotes each of them is a line break of the cell, "\n".
//
// An encoding is chosen for the whole file. A file that is UTF-8 but for a few
// damaged bytes stays UTF-8, and so does one with the byte-order mark of UTF-8;
// its damaged rows are errors: taking them for Windows-1252 would turn a damaged
// name into a wrong one that looks right.
//
// # White space
//
// Cells and column names are handed out without leading and trailing white
// space and characters that show nothing (see [Trim]), inside quotes too; a cell
// in which nothing can be seen is blank.
// Blanks between a delimiter and an opening quote are allowed, as some
// programs write them; blanks after the closing quote are an error, as in
// encoding/csv. Apart from these blanks and lone carriage returns both accept
// exactly the same files.
//
// # Spreadsheets
//
// XLSX is read here as a stream, row by row, and not by the library that the
// tests write it with: that library takes a sheet that breaks off in the middle
// for a short one, does not tell a stored value from a missing one, and
// unpacks large sheets of people into the system's temporary folder. A value
// that a spreadsheet has damaged (a 16-digit identity number kept as a floating
// point number, a formula that was never calculated) is an error of its row,
// never a guess.
//
// # Errors say nothing about people
//
// A message tells what is wrong and where: file, line, column. It never holds
// what a cell held.
package table
