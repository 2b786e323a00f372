package search

import (
	"slices"

	"mitra/desk/registry"
)

// Shown are the columns of a record that a search shows, in their order.
func Shown() []registry.Field { return slices.Clone(shownOf) }
