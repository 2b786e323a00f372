package web

import (
	"context"

	"mitra/desk/office"
	"mitra/store"
)

// OpenOffice opens an office. The error wraps [office.ErrUnit] or [office.ErrTaken].
func (a Acting) OpenOffice(ctx context.Context, u office.Unit) error {
	return a.s.DB.Write(ctx, func(tx *store.Tx) error { return office.Open(tx, u, a.who.ID, a.who.Office) })
}

// CloseOffice closes one that is empty. The error wraps [office.ErrUsed] or [office.ErrUnknown].
func (a Acting) CloseOffice(ctx context.Context, name string) error {
	return a.s.CloseOffice(ctx, name, a.by())
}
