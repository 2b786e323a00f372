package web

import (
	"context"
	"errors"
	"net/http"

	"mitra/desk/account"
	"mitra/desk/enquiry"
	"mitra/desk/guest"
	"mitra/desk/registry"
	"mitra/desk/search"
	"mitra/desk/second"
	"mitra/desk/status"
	"mitra/store"
	"mitra/treaty/courier"
	"mitra/treaty/letter"
)

// failures are errors that a visitor can do something about: the status of the answer, and the key of the message.
var failures = []struct {
	err  error
	code int
	key  string
	// says: what the error itself says helps, in English for now. It repeats no value.
	says bool
}{
	{errNoPage, http.StatusNotFound, "error.no_page", false},
	{errForeign, http.StatusForbidden, "error.foreign", false},
	{errRight, http.StatusForbidden, "error.right", false},
	{errTooMany, http.StatusTooManyRequests, "error.too_many", false},
	{errForm, http.StatusBadRequest, "error.form", false},
	{enquiry.ErrRight, http.StatusForbidden, "error.right", true},
	{enquiry.ErrUnknown, http.StatusNotFound, "error.no_page", false},
	{enquiry.ErrAnswered, http.StatusConflict, "error.answered", false},
	{enquiry.ErrEarly, http.StatusConflict, "error.early", false},
	{enquiry.ErrOver, http.StatusConflict, "error.over", false},
	{enquiry.ErrQuestion, http.StatusUnprocessableEntity, "error.question", true},
	{enquiry.ErrAnswer, http.StatusUnprocessableEntity, "error.answer", true},
	{guest.ErrUnknown, http.StatusNotFound, "error.no_page", false},
	{guest.ErrRight, http.StatusForbidden, "error.right", true},
	{guest.ErrOver, http.StatusConflict, "error.referral_over", false},
	{courier.ErrNoContact, http.StatusConflict, "error.no_contact", false},
	{registry.ErrAlone, http.StatusConflict, "error.alone", false},
	{registry.ErrRestricted, http.StatusConflict, "error.restricted", false},
	{registry.ErrLapsed, http.StatusConflict, "error.lapsed", false},
	{status.ErrNoPair, http.StatusNotFound, "error.no_page", false},
	{status.ErrOwn, http.StatusForbidden, "error.own", false},
	{account.ErrUnknown, http.StatusNotFound, "error.no_page", false},
	{account.ErrNoToken, http.StatusNotFound, "error.no_page", false},
	{account.ErrTaken, http.StatusConflict, "error.taken", false},
	{account.ErrLast, http.StatusConflict, "error.last", false},
	{account.ErrAccount, http.StatusUnprocessableEntity, "error.account", true},
	{account.ErrPassword, http.StatusUnprocessableEntity, "error.password", true},
	{second.ErrUnknown, http.StatusNotFound, "error.no_page", false},
	{second.ErrRight, http.StatusForbidden, "error.right", false},
	{search.ErrQuery, http.StatusUnprocessableEntity, "error.search", true},
	{store.ErrDiskFull, http.StatusInsufficientStorage, "error.disk", false},
	{store.ErrBusy, http.StatusServiceUnavailable, "error.busy", false},
}

// problem is the status, the key of the message, and what more is said of an error; known is false of one that only its log explains.
func problem(err error) (code int, key, says string, known bool) {
	for _, f := range failures {
		if errors.Is(err, f.err) {
			if f.says {
				says = err.Error()
			}
			return f.code, f.key, says, true
		}
	}
	if code := letter.CodeOf(err); code != "" { // the agreement refuses it
		return http.StatusUnprocessableEntity, "error.refused", err.Error(), true
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge, "error.too_large", "", true
	}
	return http.StatusInternalServerError, "error.other", "", false
}

// failure is the page of an error.
type failure struct {
	Key, Says string
	Reference string // by which the log names it
}

// fail answers with the page of an error, in the visitor's language. What is not known is told of in the log, without what was asked.
func (v *visit) fail(err error) {
	if errors.Is(err, errRedirect) || errors.Is(err, context.Canceled) {
		return
	}
	if errors.Is(err, errRight) || errors.Is(err, errTooMany) || errors.Is(err, errForeign) || errors.Is(err, enquiry.ErrRight) || errors.Is(err, second.ErrRight) ||
		errors.Is(err, guest.ErrRight) {
		v.Refused(v.ctx(), v.page.method+" "+v.page.path)
	}
	code, key, says, known := problem(err)
	f := failure{Key: key, Says: says}
	if !known {
		f.Reference = store.NewID()
		v.s.Log.Error("a page failed", "reference", f.Reference, "page", v.page.method+" "+v.page.path, "error", err)
	}
	if v.cat == nil || v.showAs(code, "fail", key+"_title", f) != nil {
		http.Error(v.w, "the page cannot be made", http.StatusInternalServerError)
	}
}
