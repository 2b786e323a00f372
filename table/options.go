package table

// Options bound what is read. The zero value has sane limits.
type Options struct {
	MaxCell    int          // bytes in a cell as read (UTF-8); default 64 KiB
	MaxColumns int          // columns; default 1,024
	MaxRows    int64        // rows below the header; default 20,000,000
	MaxBytes   int64        // bytes of the file; default 4 GiB
	Known      Vocabulary   // headings that the caller knows; without any, errors name columns by their place
	Stop       func() error // asked now and then, such as a context's Err: its error ends reading
	Sheet      string       // the sheet of a workbook, in any case of letters; default the first visible one that has a header; CSV has none
}

func (o Options) withDefaults() Options {
	if o.MaxCell <= 0 {
		o.MaxCell = 64 << 10
	}
	if o.MaxColumns <= 0 {
		o.MaxColumns = 1024
	}
	if o.MaxRows <= 0 {
		o.MaxRows = 20_000_000
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 4 << 30
	}
	if o.Stop == nil {
		o.Stop = func() error { return nil }
	}
	return o
}
