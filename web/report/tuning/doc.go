// Package tuning writes the page on which a person judges a linkage: what the
// model learned, which keys found what, and whether the stated probabilities can
// be believed.
//
// # The page
//
// Like the status report the page is whole in itself: no script, nothing to
// fetch, a content security policy that keeps it so, light and dark, wide and
// narrow, and in print. It is in English, since it is read by engineers.
//
// # No personal data
//
// The page is made from counts ([linkage.Summary]) and from the model. No value of
// any record stands on it, not even a common one: of a name it says how many
// records share the commonest, never which it is. Names of files and columns do.
//
// # What it cannot know
//
// Without a column that tells the truth a model can only be checked against
// itself. [Checks] looks for the signs of a wrong optimum and says them in plain
// words; finding none proves nothing.
package tuning
